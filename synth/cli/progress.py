"""How far a build has come, for people who watch it."""

from __future__ import annotations

from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn


class Bar:
    """A bar on the terminal that goes away when the work is done."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("rendering"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.description}"),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._progress.add_task("")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def begin(self, applications: int) -> None:
        self._progress.update(self._task, total=applications)

    def advance(self, application: str) -> None:
        self._progress.update(self._task, advance=1, description=application)
