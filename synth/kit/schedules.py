"""Cron schedules as Argo Workflows reads them.

The grammar is that of robfig/cron's `ParseStandard` (parser.go, v3), which every release of Argo
Workflows uses; other crons differ in small things (7 as Sunday, `L`, `#`, seconds).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

DESCRIPTORS = frozenset(
    {"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"}
)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_WEEKDAYS = "sun mon tue wed thu fri sat".split()
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""Days of each month, in a leap year."""


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    first: int
    last: int
    names: Mapping[str, int] = field(default_factory=dict)


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    _Field("day of the week", 0, 6, {name: number for number, name in enumerate(_WEEKDAYS)}),
)


def check_schedule(text: str) -> str:
    """The schedule as given. Raises ValueError, which says what is wrong with which field."""
    if text in DESCRIPTORS:
        return text
    parts = text.split()
    if len(parts) != len(_FIELDS):
        raise ValueError(
            f"{text!r} is not a schedule: five fields (minute, hour, day of the month, month, "
            "day of the week) such as '0 * * * *', or a name such as @hourly"
        )
    _, _, days, months, weekdays = (
        _values(part, each, text) for part, each in zip(parts, _FIELDS, strict=True)
    )
    everyday = weekdays == set(range(7))
    if everyday and not any(min(days) <= _LONGEST[month - 1] for month in months):
        raise ValueError(f"{text!r} never comes: no such month has that day")
    return text


def _values(part: str, each: _Field, text: str) -> set[int]:
    values: set[int] = set()
    for item in part.split(","):
        chosen = _range(item, each)
        if chosen is None:
            raise ValueError(
                f"{text!r} has the {each.name} {item!r}, "
                f"must be within {each.first}-{each.last}: a number, a-b, * or one of them with /n"
            )
        values.update(chosen)
    return values


def _range(item: str, each: _Field) -> range | None:
    """What one item of a list stands for; None where it is not in the grammar."""
    span, slash, every = item.partition("/")
    low, dash, high = span.partition("-")
    if low in ("*", "?"):
        first, last = (each.first, each.last) if not dash else (None, None)
    else:
        first = _number(low, each)
        # `5/15` means 5-59/15.
        last = _number(high, each) if dash else each.last if slash else first
    step = int(every) if every.isascii() and every.isdigit() else 0 if slash else 1
    if first is None or last is None or first > last or step < 1:
        return None
    return range(first, last + 1, step)


def _number(text: str, each: _Field) -> int | None:
    named = each.names.get(text.lower())
    if named is not None:
        return named
    if not (text.isascii() and text.isdigit()):
        return None
    number = int(text)
    return number if each.first <= number <= each.last else None
