"""Cron schedules as Argo Workflows reads them.

The grammar is that of robfig/cron's `ParseStandard` (parser.go, v3), which every release of Argo
Workflows uses; other crons differ in small things (7 as Sunday, `L`, `#`, seconds).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from itertools import pairwise

DESCRIPTORS: Mapping[str, str] = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
"""Names for schedules."""
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_WEEKDAYS = "sun mon tue wed thu fri sat".split()
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""Days of each month, in a leap year."""
_CYCLE = 7 * (3 * 365 + 366)
"""The days of 28 years, after which those of the week fall on the same dates again."""
_DAYS = _CYCLE + 366
"""These and a year more."""


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


@cache
def longest_pause(text: str) -> int:
    """Seconds from one run of a schedule to the next at most, by a clock that never changes. Raises
    ValueError for what is no schedule.
    """
    minutes, hours, days, months, weekdays = DESCRIPTORS.get(check_schedule(text), text).split()
    times = sorted(
        3600 * hour + 60 * minute
        for hour in _values(hours, _FIELDS[1], text)
        for minute in _values(minutes, _FIELDS[0], text)
    )
    within = max((later - earlier for earlier, later in pairwise(times)), default=0)
    active = _active(days, months, weekdays, text)
    between = max(later - earlier for earlier, later in pairwise(active))
    return max(within, between * 86_400 - (times[-1] - times[0]))


ALWAYS = (1 << _CYCLE * 1440) - 1
"""Every minute of 28 years, as `open_minutes` has them."""


def open_minutes(text: str, length: int) -> int:
    """The minutes in which something is open that opens with every run of a schedule, for `length`
    minutes: a bit for each minute of 28 years, after which all of it repeats, by a clock that never
    changes. Raises ValueError for what is no schedule.
    """
    minutes, hours, days, months, weekdays = DESCRIPTORS.get(check_schedule(text), text).split()
    runs = sum(
        1 << 60 * hour + minute
        for hour in _values(hours, _FIELDS[1], text)
        for minute in _values(minutes, _FIELDS[0], text)
    )
    day = runs.to_bytes(1440 // 8, "little")
    whole = bytearray(len(day) * _CYCLE)
    for number in _active(days, months, weekdays, text):
        if number < _CYCLE:
            whole[number * len(day) : (number + 1) * len(day)] = day
    found, lasted, total = int.from_bytes(whole, "little"), 1, ALWAYS.bit_length()
    while lasted < min(length, total):
        step = min(lasted, length - lasted)
        found |= found << step
        # What is open at the end is so at the beginning.
        found = found & ALWAYS | found >> total
        lasted += step
    return found


def _active(days: str, months: str, weekdays: str, text: str) -> Iterator[int]:
    """The days with runs, as ordinals, for as long as it takes until they repeat.

    Of day of the month and day of the week one is enough, unless one of them is `*` (spec.go,
    dayMatches).
    """
    of_month, in_months, of_week = (
        _values(part, each, text)
        for part, each in zip((days, months, weekdays), _FIELDS[2:], strict=True)
    )
    both = _every(days) or _every(weekdays)
    for number in range(_DAYS):
        day = date(2001, 1, 1) + timedelta(number)
        matches = day.day in of_month, day.isoweekday() % 7 in of_week
        if day.month in in_months and (all(matches) if both else any(matches)):
            yield number


def _every(part: str) -> bool:
    return any(item.removesuffix("/1") in ("*", "?") for item in part.split(","))


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
