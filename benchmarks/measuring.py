"""Whole processes, measured side by side: they take turns, so that a busy minute meets all of them."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple


class Run(NamedTuple):
    """What one run of a process took: wall time and CPU time in seconds, those of its children
    included; the memory in MB of the largest of them.
    """

    wall: float
    cpu: float
    memory: float


@contextmanager
def folders() -> Iterator[tuple[Path, Path]]:
    """Two that go with the block: on a memory file system where there is one, and on a disk."""
    memory = Path("/dev/shm")
    with (
        TemporaryDirectory(dir=memory if memory.is_dir() else None) as fast,
        TemporaryDirectory() as disk,
    ):
        yield Path(fast), Path(disk)


def nothing() -> None:
    """Nothing has to be prepared."""


@dataclass(frozen=True)
class Job:
    """A command that is measured; `prepare` runs before it and is not. `codes` are the exit codes
    that are right, `repeat` how often one round runs it, `output` is where it writes what it prints.
    """

    name: str
    command: Sequence[object]
    prepare: Callable[[], None] = nothing
    folder: Path = Path()
    env: Mapping[str, str] = field(default_factory=dict)
    codes: Sequence[int] = (0,)
    repeat: int = 1
    output: Path = Path(os.devnull)
    rounds: int = 0
    """At most so many rounds of what takes long; 0 for as many as are asked for."""
    own_clock: bool = False
    """Whether the command prints the seconds that count, which it has taken itself."""


class Measured(NamedTuple):
    """The median of a job's runs, and the least and the most wall time among them."""

    runs: int
    wall: float
    least: float
    most: float
    cpu: float
    memory: float


def run(job: Job) -> Run:
    """Runs a command once, which must succeed."""
    env = {**os.environ, **job.env}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # Python's default, which people run it with
    with job.output.open("wb") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            list(map(str, job.command)),
            cwd=job.folder,
            env=env,
            stdout=output,
            stderr=subprocess.PIPE,
        )
        assert process.stderr, "a pipe was asked for"
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in job.codes:
        sys.exit(f"{' '.join(map(str, job.command))} failed:\n{said.decode()}")
    if job.own_clock:
        wall = float(job.output.read_text())
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000)


def side_by_side(jobs: Sequence[Job], rounds: int) -> dict[str, Measured]:
    """Every job, by its name, in turn, for so many rounds."""
    found: dict[str, list[Run]] = {job.name: [] for job in jobs}
    for turn in range(rounds):
        for job in jobs:
            if job.rounds and turn >= job.rounds:
                continue
            job.prepare()
            runs = [run(job) for _ in range(job.repeat)]
            summed = Run(
                sum(each.wall for each in runs),
                sum(each.cpu for each in runs),
                max(each.memory for each in runs),
            )
            found[job.name].append(summed)
            print(f"  {job.name:<44} {summed.wall:8.3f} s {summed.memory:6.0f} MB", file=sys.stderr)
    return {name: _measured(runs) for name, runs in found.items()}


def _measured(runs: Sequence[Run]) -> Measured:
    walls = [each.wall for each in runs]
    return Measured(
        len(runs),
        round(statistics.median(walls), 3),
        round(min(walls), 3),
        round(max(walls), 3),
        round(statistics.median(each.cpu for each in runs), 3),
        round(max(each.memory for each in runs)),
    )
