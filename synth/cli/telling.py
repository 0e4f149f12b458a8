"""What a command does and how long that takes, told on stderr to who asks for it."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterator
from contextlib import contextmanager

_FORM = "%(relativeCreated)6d ms  %(message)s"


def verbose(parser: argparse.ArgumentParser, usual: object) -> None:
    """Adds the option: once for what is done, twice for every file and every look into the cache."""
    parser.add_argument(
        "-v",
        "--verbose",
        action="count",
        default=usual,
        help="say on stderr what is done and when; twice: every file too",
    )


@contextmanager
def telling(verbosity: int) -> Iterator[None]:
    """Lets every module of ours be heard while a command runs."""
    log = logging.getLogger("synth")
    if not verbosity:
        yield
        return
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(_FORM))
    before = log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO if verbosity == 1 else logging.DEBUG)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(before)
