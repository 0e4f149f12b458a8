"""Mistakes in environment files: where, which key, what is wrong and the way out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a file: the path as people type it, line and column counted from 1.

    Line 0 stands for the file as a whole, where no line can be named.
    """

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake. `path` is the configuration key, `models.sentiment.variants`, or empty."""

    mark: Mark
    path: str
    message: str

    def __str__(self) -> str:
        return ": ".join(part for part in (str(self.mark), self.path, self.message) if part)


class ConfigurationError(Exception):
    """Everything that is wrong with the environment files, each mistake once, in file order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__(self.problems)  # what it is pickled by, on its way between processes

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))
