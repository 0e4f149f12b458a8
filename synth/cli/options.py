"""Options that several commands take."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from synth.shard import WHOLE, Shard, parse


def output(*formats: str) -> Callable[[argparse.ArgumentParser], object]:
    """Adds the choice among these forms of the result, of which the first is the usual one."""
    return lambda parser: parser.add_argument(
        "-o",
        "--output",
        choices=formats,
        default=formats[0],
        help="form of the result (default: %(default)s)",
    )


def environments(parser: argparse.ArgumentParser) -> None:
    """Adds the names of environments."""
    parser.add_argument("environments", nargs="*", metavar="ENV", help="only these environments")


def environments_or_shard(parser: argparse.ArgumentParser) -> None:
    """Adds the choice between names of environments and a share of them all."""
    environments(parser)
    parser.add_argument(
        "--shard",
        type=_shard,
        default=WHOLE,
        metavar="I/N",
        help="only the environments of the I-th of N machines that share the work",
    )


def _shard(text: str) -> Shard:
    try:
        return parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
