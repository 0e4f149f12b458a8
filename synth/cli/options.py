"""Options that several commands take."""

from __future__ import annotations

import argparse
from collections.abc import Callable


def output(*formats: str) -> Callable[[argparse.ArgumentParser], object]:
    """Adds the choice among these forms of the result, of which the first is the usual one."""
    return lambda parser: parser.add_argument(
        "-o",
        "--output",
        choices=formats,
        default=formats[0],
        help="form of the result (default: %(default)s)",
    )
