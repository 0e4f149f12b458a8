"""What is written down of a run."""

from __future__ import annotations

from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from story.timeline import (
    Check,
    Commit,
    Event,
    StandIn,
    Step,
    Timeline,
    Told,
    loaded,
    saved,
    without,
)

NUMBER = st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(max_size=20)
STEP = st.builds(
    Step,
    TEXT,
    TEXT,
    NUMBER,
    NUMBER,
    st.lists(st.builds(Check, NUMBER, TEXT, st.booleans(), TEXT), max_size=3),
    st.lists(
        st.builds(Commit, NUMBER, TEXT, TEXT, TEXT, st.lists(TEXT).map(tuple), TEXT), max_size=3
    ),
    st.lists(st.builds(Event, NUMBER, TEXT, TEXT), max_size=3),
    TEXT,
)
SERIES = st.dictionaries(TEXT, st.dictionaries(TEXT, st.lists(st.tuples(NUMBER, NUMBER))))
RUN = st.builds(
    Told,
    st.integers(),
    st.booleans(),
    st.dictionaries(TEXT, TEXT),
    st.lists(STEP, max_size=3),
    SERIES,
    st.lists(st.builds(StandIn, TEXT, TEXT, TEXT), max_size=3),
)
PASSED, FAILED = Check(1, "a", True, ""), Check(1, "a", False, "")
COMMIT = Commit(1, "0123", "Nadia", "Add lines", ("f",), "+x")


class Clock(Timeline):
    """A timeline whose time is set by hand."""

    time = 0.0

    @property
    def now(self) -> float:
        return self.time


def clock() -> Clock:
    return Clock(Told(1, False, {}))


def done(*checks: Check, failure: str = "") -> Step:
    return Step("a", "b", 0, 1, list(checks), failure=failure)


@given(RUN)
def test_a_saved_run_is_loaded_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, run: Told
) -> None:
    path = tmp_path_factory.getbasetemp() / "timeline.json"
    path.write_bytes(saved(run))
    assert loaded(path) == run


@pytest.mark.parametrize("error", [TimeoutError("no answer"), KeyboardInterrupt("enough")])
def test_a_step_that_raises_is_written_down_and_raises_on(error: BaseException) -> None:
    timeline = clock()

    def alone() -> None:
        with timeline.step("Alone", "Nothing else."):
            timeline.check("a", True)
            timeline.time = 7.0
            raise error

    with pytest.raises(type(error)) as raised:
        alone()
    assert raised.value is error
    failure = f"{type(error).__name__}: {error}"
    assert timeline.told.steps == [
        Step("Alone", "Nothing else.", 0, 7, [Check(0, "a", True, "")], failure=failure)
    ]
    assert not timeline.told.passed


def test_what_happens_belongs_to_the_step_it_happens_in() -> None:
    timeline = clock()
    with timeline.step("First", "…"):
        timeline.event("fault", "Kafka is killed")
        timeline.time = 1.0
    with timeline.step("Second", "…"):
        timeline.time = 2.0
        timeline.check("a", False, ["found"])
        timeline.commit(COMMIT)
    assert timeline.told.steps == [
        Step("First", "…", 0, 1, events=[Event(0, "fault", "Kafka is killed")]),
        Step("Second", "…", 1, 2, [Check(2, "a", False, "found")], [COMMIT]),
    ]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ("two\nlines\n", "two\nlines"),
        (["a", "b"], "a, b"),
        ([], "nothing"),
        ({"version 1": 90, "version 2": 10}, "version 1: 90, version 2: 10"),
        ({}, "nothing"),
        (0, "0"),
    ],
)
def test_what_was_found_is_put_in_words(found: object, said: str) -> None:
    timeline = clock()
    with timeline.step("First", "…"):
        timeline.check("a", True, found)
    [check] = timeline.told.steps[0].checks
    assert check.found == said


@given(st.lists(st.sampled_from([0.0, 0.1, 1.0])))
def test_of_a_flat_line_only_the_ends_are_kept(values: list[float]) -> None:
    timeline = clock()
    for time, value in enumerate(values):
        timeline.time = float(time)
        timeline.sample("accuracy", "version 1", value)
    expected: list[tuple[float, float]] = []
    for value, run in groupby(enumerate(values), key=lambda each: each[1]):
        times = [float(time) for time, _ in run]
        expected += [(time, value) for time in sorted({times[0], times[-1]})]
    assert timeline.told.series.get("accuracy", {}).get("version 1", []) == expected


def test_every_picture_and_every_line_has_points_of_its_own() -> None:
    timeline = clock()
    for picture, line in (("traffic", "stable"), ("traffic", "canary"), ("latency", "stable")):
        timeline.sample(picture, line, 1.0)
    point = [(0.0, 1.0)]
    assert timeline.told.series == {
        "traffic": {"stable": point, "canary": point},
        "latency": {"stable": point},
    }


@pytest.mark.parametrize(
    ("steps", "passed"),
    [
        ([], False),
        ([done()], True),
        ([done(PASSED), done(PASSED, PASSED)], True),
        ([done(PASSED, FAILED), done(PASSED)], False),
        ([done(PASSED), done(failure="TimeoutError: no answer")], False),
    ],
)
def test_a_run_has_passed_where_every_step_has(steps: list[Step], passed: bool) -> None:
    assert Told(1, False, {}, steps).passed is passed


def test_the_folder_that_it_happened_in_is_not_told() -> None:
    place = "/dev/shm/story-a1b2"
    told = Told(1, False, {}, [done(Check(1.0, "it says so", True, f"file://{place}/team: gone"))])
    [step] = without(told, place).steps
    assert step.checks == [Check(1.0, "it says so", True, "file://…/team: gone")]
