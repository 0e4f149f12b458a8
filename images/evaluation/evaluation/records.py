"""What is read: predictions and feedback, one JSON object each.

A prediction is `{"id", "time", "model", "version", "input", "prediction"}`, feedback on it
`{"id", "time", "truth"}` with the same `id`; `time` is ISO 8601 with a time zone, everything else
text. Seldon and KServe log requests and answers as CloudEvents: whoever turns these into predictions
takes the event's id, and hands it on to whoever will know the truth.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar


@dataclass(frozen=True, slots=True)
class Prediction:
    """An answer that a version of a model gave."""

    id: str
    time: datetime
    model: str
    version: str
    input: str
    prediction: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """What the answer should have been."""

    id: str
    time: datetime
    truth: str


Kind = TypeVar("Kind")


def parsed(lines: Iterable[bytes], parse: Callable[[bytes], Kind]) -> tuple[list[Kind], int]:
    """The records, and how many lines were none."""
    records, unreadable = [], 0
    for line in lines:
        try:
            records.append(parse(line))
        except ValueError:
            unreadable += 1
    return records, unreadable


def prediction(line: bytes) -> Prediction:
    """Raises ValueError."""
    entry = _object(line)
    texts = (_text(entry, key) for key in ("model", "version", "input", "prediction"))
    return Prediction(_text(entry, "id"), _time(entry), *texts)


def feedback(line: bytes) -> Feedback:
    """Raises ValueError."""
    entry = _object(line)
    return Feedback(_text(entry, "id"), _time(entry), _text(entry, "truth"))


def text_of(key: str) -> Callable[[bytes], str]:
    """Reads one text of each object, of a training set for instance. Raises ValueError."""
    return lambda line: _text(_object(line), key)


def _object(line: bytes) -> dict[str, Any]:
    entry = json.loads(line)
    if not isinstance(entry, dict):
        raise ValueError("no JSON object")  # noqa: TRY004  (all that is wrong is one kind)
    return entry


def _text(entry: dict[str, Any], key: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str):
        raise ValueError(f"no text {key}")  # noqa: TRY004
    return value


def _time(entry: dict[str, Any]) -> datetime:
    time = datetime.fromisoformat(_text(entry, "time"))
    if time.tzinfo is None:
        raise ValueError("a time without a time zone")
    return time
