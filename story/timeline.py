"""What a run of the story was, as plain data: the report is made of it, and so is the exit code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class Check:
    """Something that has to be so, and what was found; `at` is in seconds since the beginning."""

    at: float
    what: str
    passed: bool
    found: str


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit of the team's repository, with git's own text of what it changes."""

    at: float
    hash: str
    author: str
    message: str
    files: tuple[str, ...]
    diff: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened by itself, such as an alert that begins to fire."""

    at: float
    kind: str
    text: str


@dataclass(slots=True)
class Step:
    """A step of the story and all that happened in it; times are in seconds since the beginning."""

    title: str
    about: str
    began: float
    ended: float = 0.0
    checks: list[Check] = field(default_factory=list)
    commits: list[Commit] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    failure: str = ""
    """Why the step could not go on, where it could not."""

    @property
    def passed(self) -> bool:
        return not self.failure and all(each.passed for each in self.checks)


@dataclass(frozen=True, slots=True)
class StandIn:
    """What something smaller stood in for, and why the real thing was not there."""

    instead_of: str
    what: str
    why: str


@dataclass(slots=True)
class Told:
    """The whole story. `series` are figures over time, by the name of the picture that shows them and
    the name of the line: pairs of seconds since the beginning and a value (accuracy and traffic as
    shares of one, latency in seconds).
    """

    seed: int
    calm: bool
    """Whether nothing became slow and nothing shifted."""
    versions: Mapping[str, str]
    """Of the programs that took part."""
    steps: list[Step] = field(default_factory=list)
    series: dict[str, dict[str, list[tuple[float, float]]]] = field(default_factory=dict)
    stand_ins: list[StandIn] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return bool(self.steps) and all(each.passed for each in self.steps)


class Timeline:
    """Writes down what happens, at the time when it does."""

    def __init__(self, told: Told) -> None:
        self.told = told
        self._began = monotonic()

    @property
    def now(self) -> float:
        """Seconds since the beginning."""
        return monotonic() - self._began

    @contextmanager
    def step(self, title: str, about: str) -> Iterator[None]:
        """A step of the story; what is written down meanwhile belongs to it."""
        step = Step(title, about, self.now)
        self.told.steps.append(step)
        print(f"{self._clock()} {title}", flush=True)
        try:
            yield
        except BaseException as error:
            step.failure = f"{type(error).__name__}: {error}"
            raise
        finally:
            step.ended = self.now

    def check(self, what: str, passed: bool, found: object = "") -> None:
        """Something that has to be so; the story goes on where it is not, and has failed.

        What was found may have several lines, or be a list or a map, which is put in words.
        """
        said = _said(found)
        self._step.checks.append(Check(self.now, what, passed, said))
        print(f"{self._clock()}   {'ok  ' if passed else 'FAIL'} {what}: {said}", flush=True)

    def commit(self, commit: Commit) -> None:
        self._step.commits.append(commit)
        print(f"{self._clock()}   commit {commit.hash[:10]} {commit.message}", flush=True)

    def event(self, kind: str, text: str) -> None:
        self._step.events.append(Event(self.now, kind, text))
        print(f"{self._clock()}   {kind}: {text}", flush=True)

    def sample(self, picture: str, line: str, value: float) -> None:
        """A figure of now; where it is as it was, only the end of its line moves."""
        points = self.told.series.setdefault(picture, {}).setdefault(line, [])
        if len(points) > 1 and points[-1][1] == points[-2][1] == value:
            points.pop()
        points.append((round(self.now, 2), value))

    @property
    def _step(self) -> Step:
        return self.told.steps[-1]

    def _clock(self) -> str:
        minutes, seconds = divmod(int(self.now), 60)
        return f"{minutes:02}:{seconds:02}"


def saved(told: Told) -> bytes:
    """As JSON."""
    return _TOLD.dump_json(told, indent=1)


def loaded(path: Path) -> Told:
    """What was saved."""
    return _TOLD.validate_json(path.read_bytes())


def without(told: Told, place: str) -> Told:
    """What was told, with an ellipsis for the folder that it happened in: another run has another."""
    return _TOLD.validate_json(saved(told).replace(place.encode(), "…".encode()))


def _said(found: object) -> str:
    """What was found, in words."""
    match found:
        case Mapping():
            return _said([f"{key}: {value}" for key, value in found.items()])
        case list():
            return ", ".join(map(str, found)) or "nothing"
        case _:
            return str(found).strip()


_TOLD = TypeAdapter(Told)
