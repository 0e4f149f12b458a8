"""A repository's own rules: functions in its folder `rules/`, over everything that is rendered.

A rule gets an environment and its objects and says of each that breaks it what is wrong with it:

    from synth.rules.own import rule

    @rule("ACME001", "no Service opens a load balancer of its own")
    def no_load_balancers(environment, resources):
        for each in resources:
            if each.body["kind"] == "Service" and each.body["spec"].get("type") == "LoadBalancer":
                yield each, "opens a load balancer of its own: put it behind the gateway"
"""

from __future__ import annotations

import re
import runpy
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from traceback import walk_tb
from types import TracebackType

from synth.config.environment import Environment
from synth.config.problems import ConfigurationError, Mark, Problem
from synth.kit.objects import Resource
from synth.rules.flaws import Flaw

Said = tuple[Resource, str]
"""An object, and what is wrong with it and the way out, as the rest of a sentence that begins with
the object."""
Check = Callable[[Environment, Sequence[Resource]], Iterable[Said]]
OWN_CODE = re.compile(r"[A-Z]{3,10}\d{3}")
"""What codes of a repository's own look like."""


@dataclass(frozen=True, slots=True)
class OwnRule:
    """A rule with its code, such as ACME001, and what it demands in one line."""

    code: str
    title: str
    check: Check

    @property
    def place(self) -> Mark:
        """Where it is written."""
        code = self.check.__code__
        return _mark(code.co_filename, code.co_firstlineno)

    def flaws(self, environment: Environment, resources: Sequence[Resource]) -> Iterator[Flaw]:
        """What it finds. Raises ConfigurationError where it fails."""
        try:
            for said in self.check(environment, resources):
                yield self._flaw(said)
        except Exception as error:
            message = f"{self.code} fails in {environment.name}: {type(error).__name__}: {error}"
            raise ConfigurationError([Problem(self._failed(error), "", message)]) from error

    def _flaw(self, said: object) -> Flaw:
        match said:
            case (Resource() as resource, str() as message):
                return Flaw(self.code, resource, message)
        raise TypeError("yields something else than an object and a message")

    def _failed(self, error: Exception) -> Mark:
        file = self.check.__code__.co_filename
        return _last(error.__traceback__, file) or self.place


def rule(code: str, title: str) -> Callable[[Check], OwnRule]:
    """Makes a function a rule. `code` has three letters or more, which tell it from our own codes.

    Raises ValueError for another code.
    """
    if not OWN_CODE.fullmatch(code):
        raise ValueError(
            f"{code!r} is not a code of three to ten capitals and three digits: ACME001"
        )
    return lambda check: OwnRule(code, title, check)


def load_own_rules(folder: Path) -> tuple[OwnRule, ...]:
    """The rules in the files of a folder, in order of their codes; none where it is not there.

    Raises ConfigurationError with everything that is wrong with its files.
    """
    rules: dict[str, OwnRule] = {}
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.py")):
        try:
            names = runpy.run_path(str(path))
        except Exception as error:  # noqa: BLE001  # whatever a file of theirs does
            problems.append(_broken(path, error))
            continue
        for each in names.values():
            if not isinstance(each, OwnRule):
                continue
            other = rules.setdefault(each.code, each)
            if other is not each:
                problems.append(Problem(each.place, "", f"{each.code} is at {other.place} already"))
    if problems:
        raise ConfigurationError(problems)
    return tuple(rules[code] for code in sorted(rules))


def _broken(path: Path, error: Exception) -> Problem:
    if isinstance(error, SyntaxError):
        mark = Mark(_mark(str(path)).file, error.lineno or 0, error.offset or 0)
        return Problem(mark, "", error.msg)
    mark = _last(error.__traceback__, str(path)) or _mark(str(path))
    return Problem(mark, "", f"{type(error).__name__}: {error}")


def _last(traceback: TracebackType | None, file: str) -> Mark | None:
    """Where in a file something was when it failed."""
    lines = [line for frame, line in walk_tb(traceback) if frame.f_code.co_filename == file]
    return _mark(file, lines[-1]) if lines else None


def _mark(file: str, line: int = 0) -> Mark:
    return Mark("/".join(Path(file).parts[-2:]), line, 1 if line else 0)
