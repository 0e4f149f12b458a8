"""`python -m evaluation accuracy …` and `python -m evaluation drift …`.

Both read what was predicted in the time before now, push their figures and end with 0; where there
is nothing to be said they push nothing, and end with 0 as well: an alert only believes figures that
are fresh. What cannot be read or pushed is said on stderr, and the program ends with 1.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from evaluation.accuracy import accuracies
from evaluation.drift import drift
from evaluation.push import push_accuracy, push_drift
from evaluation.records import Kind, Prediction, feedback, parsed, prediction, text_of
from evaluation.sources import SourceError, in_files, lines

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def main(arguments: Sequence[str] | None = None, *, now: datetime | None = None) -> int:
    """Runs a command; `now` is where the time that it looks at ends. Returns the exit code."""
    options = _parser().parse_args(arguments)
    until = now or datetime.now(UTC)
    try:
        options.run(options, until - options.window, until)
    except (SourceError, OSError) as error:
        print(f"evaluation: {error}", file=sys.stderr)
        return 1
    return 0


def _accuracy(options: argparse.Namespace, since: datetime, until: datetime) -> None:
    made = _predictions(options, since, until)
    verdicts = _records(lines(options.feedback, since=since, seconds=options.timeout), feedback)
    found = accuracies(made, verdicts)
    if not found:
        print(f"nothing was predicted by {options.model} in this time")
    for version, it in found.items():
        said = f"version {version}: {it.made} predictions, {it.judged} judged"
        if it.judged:
            said += f", {it.right} right ({it.ratio:.1%})"
            push_accuracy(options.pushgateway, _group(options), version, it)
        print(said)


def _drift(options: argparse.Namespace, since: datetime, until: datetime) -> None:
    learned = _records(in_files(options.reference), text_of(options.reference_field))
    asked = list({each.id: each.input for each in _predictions(options, since, until)}.values())
    if not learned:
        raise SourceError(f"{options.reference} holds nothing to compare with")
    if not asked:
        print(f"nothing was predicted by {options.model} in this time")
        return
    features = drift(learned, asked)
    push_drift(options.pushgateway, _group(options), features, len(asked))
    said = ", ".join(f"{feature} {value:.3f}" for feature, value in features.items())
    print(f"{len(asked)} inputs against {len(learned)} of the training data: {said}")


def _predictions(options: argparse.Namespace, since: datetime, until: datetime) -> list[Prediction]:
    """The model's predictions in the time."""
    read = lines(options.predictions, since=since, seconds=options.timeout)
    return [
        each
        for each in _records(read, prediction)
        # A topic is searched by the time of writing, and what was written late belongs elsewhere.
        if each.model == options.model and since <= each.time < until
    ]


def _records(read: Iterable[bytes], parse: Callable[[bytes], Kind]) -> list[Kind]:
    records, unreadable = parsed(read, parse)
    if unreadable:
        print(f"evaluation: {unreadable} records could not be read", file=sys.stderr)
    if unreadable and not records:
        raise SourceError("none of the records could be read")
    return records


def _group(options: argparse.Namespace) -> dict[str, str]:
    return {"namespace": options.namespace, "model": options.model}


def _span(text: str) -> timedelta:
    match = re.fullmatch(r"(\d+)([mhd])", text)
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time such as 90m, 24h or 7d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--model", required=True)
    common.add_argument("--namespace", required=True, help="the team's")
    common.add_argument(
        "--predictions", required=True, help="kafka://<host:port>/<topic>, or a file or folder"
    )
    common.add_argument("--window", type=_span, default=timedelta(hours=24))
    common.add_argument("--timeout", type=float, default=300, help="seconds for each source")
    common.add_argument("--pushgateway", required=True, help="its URL")
    parser = argparse.ArgumentParser(prog="evaluation")
    commands = parser.add_subparsers(required=True)
    accuracy = commands.add_parser("accuracy", parents=[common])
    accuracy.add_argument("--feedback", required=True, help="as --predictions")
    accuracy.set_defaults(run=_accuracy)
    compared = commands.add_parser("drift", parents=[common])
    compared.add_argument(
        "--reference", required=True, type=Path, help="the training data: a file or folder"
    )
    compared.add_argument("--reference-field", default="text", help="the key of its texts")
    compared.set_defaults(run=_drift)
    return parser


if __name__ == "__main__":
    sys.exit(main())
