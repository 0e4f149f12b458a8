"""How far apart the runs of a schedule are, and what is open for a time after each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from synth.kit.schedules import ALWAYS, longest_pause, open_minutes

HOUR, DAY = 3600, 86_400


@pytest.mark.parametrize(
    ("schedule", "pause"),
    [
        ("0 * * * *", HOUR),
        ("@hourly", HOUR),
        ("*/20 * * * *", HOUR // 3),
        ("0,10 * * * *", 50 * 60),
        ("5 4 * * *", DAY),
        ("@daily", DAY),
        ("0 9 * * 1-5", 3 * DAY),
        ("*/20 9-17 * * mon-fri", 3 * DAY - 8 * HOUR - 40 * 60),
        ("@weekly", 7 * DAY),
        ("@monthly", 31 * DAY),
        ("0 0 31 * *", 61 * DAY),
        ("0 0 */2 * *", 2 * DAY),
        ("@yearly", 366 * DAY),
        ("0 0 29 2 *", 1461 * DAY),
        # Both days are given, and either will do, unless one of them is *.
        ("0 0 1 * 1", 7 * DAY),
        ("0 0 1 * ?", 31 * DAY),
        ("0 0 1 * */1", 31 * DAY),
        ("0 0 1 * */2", 2 * DAY),
    ],
)
def test_the_longest_pause(schedule: str, pause: int) -> None:
    assert longest_pause(schedule) == pause


@given(
    st.integers(1, 59), st.integers(1, 23), st.sets(st.integers(0, 6), min_size=1), st.booleans()
)
@example(30, 6, {1}, False)
@settings(max_examples=30)
def test_no_two_runs_are_further_apart_and_two_are_as_far(
    minute: int, hour: int, weekdays: set[int], also_on_the_first: bool
) -> None:
    days = "1" if also_on_the_first else "*"
    text = f"*/{minute} */{hour} {days} * {','.join(map(str, sorted(weekdays)))}"
    start = datetime(2024, 1, 1, tzinfo=UTC)
    runs = [
        day + timedelta(hours=at, minutes=past)
        for day in (start + timedelta(days=number) for number in range(100))
        if day.isoweekday() % 7 in weekdays or (also_on_the_first and day.day == 1)
        for at in range(0, 24, hour)
        for past in range(0, 60, minute)
    ]
    apart = max((later - earlier).total_seconds() for earlier, later in pairwise(runs))
    assert longest_pause(text) == apart


def test_what_is_no_schedule_has_no_pause() -> None:
    with pytest.raises(ValueError, match="is not a schedule: five fields"):
        longest_pause("hourly")


# The first minute that has a bit.
BEGIN = datetime(2001, 1, 1, tzinfo=UTC)


@given(
    every=st.sampled_from([1, 7, 15, 60]),
    hours=st.sets(st.integers(0, 23), min_size=1, max_size=3),
    weekdays=st.sets(st.integers(0, 6), min_size=1),
    length=st.integers(1, 5000),
    minute=st.integers(0, 20 * 1440),
)
@example(every=60, hours={18}, weekdays={5}, length=3600, minute=7 * 1440 - 1)
@example(every=60, hours={18}, weekdays={0}, length=3600, minute=0)
def test_what_opens_is_open_for_its_time_and_no_longer(
    every: int, hours: set[int], weekdays: set[int], length: int, minute: int
) -> None:
    minutes = f"*/{every}" if every < 60 else "0"
    text = f"{minutes} {','.join(map(str, hours))} * * {','.join(map(str, weekdays))}"
    now = BEGIN + timedelta(minutes=minute)
    begun = any(
        run.minute % every == 0 and run.hour in hours and run.isoweekday() % 7 in weekdays
        for run in (now - timedelta(minutes=past) for past in range(length))
    )
    assert bool(open_minutes(text, length) >> minute & 1) == begun


def test_what_is_open_always_is_so_in_every_minute() -> None:
    assert open_minutes("0 0 * * *", 1440) == ALWAYS
    assert open_minutes("0 0 29 2 *", 10**9) == ALWAYS
    closed = ALWAYS & ~open_minutes("0 0 * * *", 1439)
    assert closed.bit_count() * 1440 == ALWAYS.bit_count()


def test_what_opens_once_in_four_years_is_open_seven_times_in_28() -> None:
    assert open_minutes("30 12 29 2 *", 90).bit_count() == 7 * 90
