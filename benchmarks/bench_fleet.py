"""A hundred environments of twenty models, against everything that people would write them with.

    python -m benchmarks.bench_fleet [--rounds N] [--size N] [--only TEXT]

Needs Go, which builds the peers once; npm and Python's packages are installed once, too. Everything but
what says otherwise is written to a memory file system where there is one, since what a disk takes says
little about either side.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from benchmarks.fleet import Member, fleet, shift, values, write
from benchmarks.history import commit
from benchmarks.limit import ready
from benchmarks.measuring import Job, folders, run, side_by_side
from benchmarks.peers import languages
from benchmarks.peers.programs import NODE, ROOT, go_program, node_packages, python_with
from benchmarks.peers.template import SAMPLE, Template, templates
from benchmarks.results import Row, Target, keep
from benchmarks.same import check_same, objects

SIZE = 100
TOOLS = ROOT / "benchmarks" / "tools"
PROGRAM = ".program"
"""Marks the folder of a peer's program."""


class Ours:
    """A fleet as a repository of ours, and what is measured of it."""

    def __init__(self, folder: Path, members: Sequence[Member]) -> None:
        self.folder = folder
        self.members = members
        self.env = {"KFSYNTH_CACHE": str(folder / "cache"), "PYTHONPATH": str(ROOT)}
        write(folder, members)
        self._moved = 0

    def job(self, name: str, *arguments: str, **more: object) -> Job:
        """A command of ours."""
        command = [sys.executable, "-m", "synth", "-C", self.folder, *arguments]
        return Job(name, command, folder=self.folder, env=self.env, **more)  # type: ignore[arg-type]

    def cold(self) -> None:
        """Nothing is built, and nothing is remembered."""
        for name in ("cache", "dist", "argocd"):
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def shifted(self) -> None:
        """Other versions in one environment that is built."""
        self._moved += 1
        last = self.members[-1]
        models = [
            type(m)(m.name, m.stable + self._moved, m.canary + self._moved) for m in last.models
        ]
        shift(self.folder, Member(last.name, models))

    def based(self) -> None:
        """Another quota in what all environments have in common."""
        self._moved += 1
        path = self.folder / "environments" / "base.yaml"
        head, _, rest = path.read_text().partition("memory: 8")
        path.write_text(f"{head}memory: 8{self._moved:02d}Gi{rest.partition('Gi')[2]}")


def sample(folder: Path) -> list[Template]:
    """One environment with names that stand for names."""
    ours = Ours(folder, [SAMPLE])
    env = {**os.environ, **ours.env}
    subprocess.run(
        [sys.executable, "-m", "synth", "-C", folder, "build"],
        env=env,
        check=True,
        capture_output=True,
    )
    return templates(folder)


def peers(folder: Path, made: Sequence[Template], members: Sequence[Member]) -> Iterator[Job]:
    """The others, each with a program of its own that makes the same."""
    given = values(members)

    def program(name: str, write_it: languages.Writer) -> tuple[Path, Path]:
        write_it(folder / name, made, given)
        (folder / name / PROGRAM).touch()
        return folder / name, folder / name / "out"

    def clear(out: Path) -> None:
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()

    here, out = program("jsonnet", languages.jsonnet)
    command: list[str | Path] = [go_program("jsonnet"), "-c", "-m", out, "fleet.jsonnet"]
    yield Job("go-jsonnet -m", command, partial(clear, out), here, rounds=2)
    here, out = program("cdk8s-typescript", languages.cdk8s_typescript)
    packages = node_packages(TOOLS / "cdk8s")
    (here / "node_modules").symlink_to(packages)
    subprocess.run([NODE, packages / "typescript/bin/tsc", "-p", here], check=True)
    yield Job("cdk8s in TypeScript", [NODE, "main.js", out], partial(clear, out), here)
    here, out = program("cdk8s-python", languages.cdk8s_python)
    env = {"JSII_NODE": str(NODE)}
    yield Job(
        "cdk8s in Python",
        [sys.executable, "main.py", out],
        partial(clear, out),
        here,
        env,
        rounds=1,
    )
    here, out = program("kapitan", languages.kapitan)
    python = python_with(TOOLS / "kapitan/requirements.txt")
    command = [python, "-m", "kapitan", "compile", "--output-path", out, "-p", "2"]
    yield Job("kapitan compile", command, partial(clear, out), here, rounds=1)
    here, out = program("helm", languages.helm)
    stream = out.with_suffix(".stream")
    yield Job("helm template", [go_program("helm"), "template", "."], folder=here, output=stream)
    here, out = program("cue", languages.cue)
    stream = out.with_suffix(".stream")
    command = [go_program("cue"), "export", "fleet.cue", "-e", "objects"]
    yield Job("cue export", command, folder=here, output=stream, rounds=1)


def output(job: Job) -> Path:
    """Where a peer's objects are."""
    folder = job.folder / "out"
    return (
        folder / "compiled"
        if (folder / "compiled").exists()
        else folder
        if folder.exists()
        else job.output
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="medians of so many (default: 3)")
    parser.add_argument(
        "--size", type=int, default=SIZE, help=f"environments (default: {SIZE}); keeps nothing"
    )
    parser.add_argument(
        "--only", default="", help="only jobs with this in their names; keeps nothing"
    )
    options = parser.parse_args()
    with folders() as (memory, disk):
        bench(memory, disk, options)


def bench(folder: Path, disk: Path, options: argparse.Namespace) -> None:
    size = options.size
    ours = Ours(folder / "ours", fleet(size))
    small, large = (Ours(folder / f"of-{n}", fleet(n)) for n in (size // 10, 3 * size))
    on_disk = Ours(disk / "ours", fleet(size))
    reviewed = Ours(folder / "reviewed", fleet(size))
    limit, pickled = folder / "limit", folder / "objects.pickle"
    jobs = [
        ours.job("build, cold", "build", prepare=ours.cold),
        ours.job("build, nothing changed", "build"),
        ours.job("build, one environment changed", "build", prepare=ours.shifted),
        ours.job("build, base changed", "build", prepare=ours.based),
        ours.job("build --stdout, cold", "build", "--stdout", prepare=ours.cold, output=folder / "ours.stream"),
        ours.job("validate", "validate", codes=(0, 1), rounds=1),
        on_disk.job("build, cold, on a disk", "build", prepare=on_disk.cold, rounds=2),
        small.job("build of a tenth, cold", "build", prepare=small.cold),
        large.job("build of three times as many, cold", "build", prepare=large.cold, rounds=2),
        large.job("validate of three times as many", "validate", codes=(0, 1), rounds=1),
        reviewed.job("diff of one environment", "diff", "--base", "HEAD", codes=(1,)),
        Job(
            "the bare limit",
            [sys.executable, "-m", "benchmarks.limit", "--write", pickled, limit],
            partial(shutil.rmtree, limit, ignore_errors=True),
            ROOT,
            output=folder / "limit.seconds",
            own_clock=True,
        ),
        Job(
            "the bare limit, on a disk",
            [sys.executable, "-m", "benchmarks.limit", "--write", pickled, disk / "limit"],
            partial(shutil.rmtree, disk / "limit", ignore_errors=True),
            ROOT,
            output=folder / "limit.seconds",
            rounds=2,
            own_clock=True,
        ),
        *peers(folder, sample(folder / "sample"), ours.members),
    ]  # fmt: skip
    jobs = [job for job in jobs if options.only in job.name]
    ours.cold()
    for each in (ours, reviewed):
        run(each.job("build", "build"))
    commit(reviewed.folder)
    reviewed.shifted()
    pickle_objects = [sys.executable, "-m", "benchmarks.limit", "--keep", ours.folder, pickled]
    run(Job("objects", pickle_objects, folder=ROOT))
    measured = side_by_side(jobs, options.rounds)
    # What this process holds counts as memory of what it starts, and so the objects are read last.
    built = list(ready(pickled).values())
    print(f"{len(built)} objects in {size} environments", file=sys.stderr)
    for job in jobs:
        if (job.folder / PROGRAM).exists():
            check_same(job.name, built, objects(output(job)))
    if size == SIZE and not options.only:
        keep("fleet", rows(), measured)


def rows() -> list[Row]:
    cold = "build, cold"
    work = "20,000 objects, a file each"
    return [
        Row(work, cold, "cdk8s in TypeScript", Target(ratio=1 / 3)),
        *(
            Row(work, cold, peer, Target(ratio=1))
            for peer in ("go-jsonnet -m", "cdk8s in Python", "kapitan compile")
        ),
        Row(work, cold, "the bare limit", Target(ratio=2, megabytes=500)),
        Row("the same, on a disk", "build, cold, on a disk", "the bare limit, on a disk"),
        Row("the same as one stream", "build --stdout, cold", "helm template", Target(ratio=1)),
        Row("the same as one stream", "build --stdout, cold", "cue export", Target(ratio=1)),
        Row("nothing changed", "build, nothing changed"),
        Row("one environment changed", "build, one environment changed", "", Target(seconds=2)),
        Row("what all have in common changed", "build, base changed"),
        Row("validate", "validate"),
        Row("validate, three times as many", "validate of three times as many", "", Target(megabytes=500)),
        Row("diff, one environment changed", "diff of one environment"),
        Row("three times as many", "build of three times as many, cold", cold, Target(3 * 1.2, megabytes=500)),
        Row("against a tenth", cold, "build of a tenth, cold", Target(10 * 1.2)),
    ]  # fmt: skip


if __name__ == "__main__":
    main()
