"""What `synth model` takes."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from synth.cli.options import output


def add_steps(parser: argparse.ArgumentParser) -> None:
    """Adds the steps of `synth model` to its parser."""
    steps = parser.add_subparsers(title="steps", dest="step", metavar="STEP", required=True)
    for name, (help, arguments) in _STEPS.items():
        step = steps.add_parser(
            name, help=help, description=help.capitalize() + ".", allow_abbrev=False
        )
        arguments(step)


def _list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--env", metavar="ENV", help="only this environment")
    output("text", "json")(parser)


def _bump(parser: argparse.ArgumentParser) -> None:
    _model(parser)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--version", type=_version, metavar="N", help="this version")
    which.add_argument("--alias", metavar="NAME", help="the version that an alias points to")
    which.add_argument(
        "--latest", action="store_true", help="the highest version that is READY (the default)"
    )
    _canary_share(parser)


def _canary(parser: argparse.ArgumentParser) -> None:
    _model(parser)
    parser.add_argument(
        "--traffic",
        type=_share,
        required=True,
        metavar="N",
        help="percent of the requests; 0 parks the canary, with 100 it becomes stable",
    )


def _promote(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="a model")
    parser.add_argument("--from", required=True, dest="source", metavar="ENV", help="from here")
    parser.add_argument("--to", required=True, dest="env", metavar="ENV", help="to there")
    _canary_share(parser)


def _gate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", nargs="?", metavar="MODEL", help="a model")
    parser.add_argument("--env", metavar="ENV", help="an environment")
    parser.add_argument(
        "--version", type=_version, metavar="N", help="compare this version (default: the canary)"
    )
    parser.add_argument(
        "--live", action="store_true", help="also compare canary and stable in Prometheus"
    )
    parser.add_argument(
        "--base",
        metavar="REV",
        help="instead: every step made since this revision, by the gates its policy demands",
    )
    output("text", "json")(parser)


def _model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="a model")
    parser.add_argument("--env", required=True, metavar="ENV", help="an environment")


def _canary_share(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--canary",
        type=_share,
        metavar="N",
        help="beside the stable version, with this percent of the requests",
    )


def _share(text: str) -> int:
    share = int(text) if text.isdecimal() else -1
    if not 0 <= share <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is not a percentage from 0 to 100")
    return share


def _version(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a version: a number from 1")
    return int(text)


_STEPS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "list": ("versions, traffic, age, and what environments are behind", _list),
    "bump": ("bring in a version that the registry knows", _bump),
    "canary": ("move traffic to or from the canary", _canary),
    "promote": ("carry one environment's stable version over to another", _promote),
    "rollback": ("take the canary out, or go back to what was stable before", _model),
    "gate": ("compare a version with the stable one; exit 1 where it is worse", _gate),
}
