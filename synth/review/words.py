"""Values as people say them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from synth.catalog.images import split

LONGEST = 80
"""So many characters of a value are shown."""
_WEEKDAYS = "Sundays Mondays Tuesdays Wednesdays Thursdays Fridays Saturdays".split()
_DESCRIPTORS = {
    "@hourly": "hourly", "@daily": "daily", "@midnight": "daily", "@weekly": "weekly",
    "@monthly": "monthly", "@yearly": "yearly", "@annually": "yearly",
}  # fmt: skip
_MILLISECONDS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1))

Form = Callable[[Any], str]


def plain(value: Any) -> str:
    """A value in one line, cut where it is long."""
    text = _flow(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _flow(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str):
        lines = value.splitlines()
        if value in ("", "none"):
            return f'"{value}"'
        return f"{len(lines)} lines" if len(lines) > 1 else value
    return json.dumps(value)


def percent(value: Any) -> str:
    """A share of the traffic, as predictors and percentages have it."""
    return "none" if value is None else f"{value} %"


def milliseconds(value: Any) -> str:
    """A number of milliseconds in its largest whole unit: 604800000 is 7d."""
    if not str(value).isdecimal() or not int(value):
        return plain(value)
    unit, size = next(each for each in _MILLISECONDS if int(value) % each[1] == 0)
    return f"{int(value) // size}{unit}"


def schedule(value: Any) -> str:
    """A cron schedule: `0 * * * *` is hourly, `*/10 * * * *` every 10 minutes; others as written."""
    text = plain(value)
    if text in _DESCRIPTORS:
        return _DESCRIPTORS[text]
    parts = text.split()
    if len(parts) != 5 or parts[2:4] != ["*", "*"]:
        return text
    return _every(parts[0], parts[1], parts[4]) or text


def _every(minute: str, hour: str, weekday: str) -> str:
    """In words; empty for what has none."""
    if hour == weekday == "*":
        return _within_the_hour(minute)
    if minute == "0" and weekday == "*" and hour.startswith("*/"):
        return f"every {hour.removeprefix('*/')} hours"
    if not (minute.isdecimal() and hour.isdecimal()):
        return ""
    time = f"{int(hour):02}:{int(minute):02}"
    if weekday == "*":
        return f"daily at {time}"
    return f"on {_WEEKDAYS[int(weekday)]} at {time}" if weekday in tuple("0123456") else ""


def _within_the_hour(minute: str) -> str:
    if minute in ("*", "0"):
        return "every minute" if minute == "*" else "hourly"
    if minute.isdecimal():
        return f"hourly at minute {minute}"
    step = minute.removeprefix("*/")
    return f"every {step} minutes" if step.isdecimal() and step != minute else ""


def becomes(before: Any, after: Any, form: Form = plain) -> str:
    """`10 % → 25 %`; of lists of plain values what comes and goes."""
    if (
        isinstance(before, list)
        and isinstance(after, list)
        and {*map(str, before)} != {*map(str, after)}
    ):
        return comes_and_goes(before, after)
    if isinstance(before, str) and isinstance(after, str) and "\n" in before + after:
        return lines(before, after)
    old, new = form(before), form(after)
    if old == new:  # they differ behind what is shown
        return f"{old} → another"
    return f"{old} → {new}"


def comes_and_goes(before: Iterable[Any], after: Iterable[Any]) -> str:
    """`+ a, b − c`."""
    old, new = Counter(map(plain, before)), Counter(map(plain, after))
    come, go = (new - old).elements(), (old - new).elements()
    parts = [f"{sign} {some(list(each))}" for sign, each in (("+", come), ("−", go))]
    return " ".join(part for part in parts if len(part) > 2)


def lines(before: str, after: str) -> str:
    """`3 lines come, 1 goes`."""
    old, new = Counter(before.splitlines()), Counter(after.splitlines())
    come, go = (new - old).total(), (old - new).total()
    if not come + go:
        return "lines stand in another order"
    return (
        f"{come} {'line comes' if come == 1 else 'lines come'}, {go} {'goes' if go == 1 else 'go'}"
    )


def image(before: Any, after: Any) -> str:
    """`registry/name 1.2 → 1.3`, or both whole where the name is another."""
    if not (isinstance(before, str) and isinstance(after, str)):
        return becomes(before, after)
    (name, tag, digest), (other, new_tag, new_digest) = split(before), split(after)
    if name != other:
        return f"{before} → {after}"
    if tag != new_tag:
        return f"{name} {tag or _short(digest)} → {new_tag or _short(new_digest)}"
    return f"{name}{f':{tag}' if tag else ''} {_short(digest)} → {_short(new_digest)}"


def _short(digest: str) -> str:
    return digest[:19] if digest else "no digest"


def some(names: Sequence[str], most: int = 5) -> str:
    """The first of many names: `a, b and 7 more`."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"


def listed(names: Collection[str]) -> str:
    """`dev, staging and prod`."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def where(environments: Iterable[str]) -> str:
    """` in dev and prod`, to follow what is there; the settings of Argo CD, whose name is empty, are
    nowhere.
    """
    names = [name for name in environments if name]
    return f" in {listed(names)}" if names else ""
