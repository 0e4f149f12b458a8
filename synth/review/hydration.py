"""Both sides of a change with the objects that Argo CD builds, in the place of the files that refer
to upstream.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

from synth.catalog.kubeflow import Release, load_release
from synth.kit.application import HYDRATED
from synth.render.documents import load_all
from synth.render.kustomize import KustomizeError
from synth.render.overlay import FILE
from synth.render.plan import PlanConflictError, below
from synth.render.upstream import RUNS, UpstreamError
from synth.review.comparison import Side
from synth.review.upstream import release_of

Folder = Mapping[str, bytes]
"""The files of one application, by path below its folder."""
Build = Callable[[Folder, Release], Folder]
"""What Argo CD builds of a folder that refers to a release. Raises UpstreamError, KustomizeError,
PlanConflictError where that cannot be known here.
"""


def hydrated(before: Side, after: Side, build: Build) -> tuple[Side, Side, tuple[str, ...]]:
    """The sides, with every application that differs and refers to upstream as its objects; one that
    cannot be built on either side stays as it is on both, and a note says why.
    """
    sides = (_folders(before, after), _folders(after, before))
    made: tuple[dict[str, Folder], dict[str, Folder]] = ({}, {})
    notes: set[str] = set()
    with ThreadPoolExecutor(RUNS) as pool:
        started = _Builds(build, pool)
        waiting = {
            name: [started.of(side.get(name, {})) for side in sides]
            for name in {*sides[0], *sides[1]}
        }
        for name, both in waiting.items():
            if not any(both):
                continue
            try:
                found = [each.result() if each else None for each in both]
            except (UpstreamError, KustomizeError, PlanConflictError) as error:
                notes.add(str(error).partition("\n")[0])
                continue
            for its, folder in zip(made, found, strict=True):
                if folder is not None:
                    its[name] = folder
    return (
        _replaced(before, sides[0], made[0]),
        _replaced(after, sides[1], made[1]),
        tuple(sorted(notes)),
    )


class _Builds:
    """Builds each folder that refers to upstream once, whichever environments it stands in."""

    def __init__(self, build: Build, pool: ThreadPoolExecutor) -> None:
        self._build = build
        self._pool = pool
        self._started: dict[tuple[tuple[str, bytes], ...], Future[Folder]] = {}

    def of(self, folder: Folder) -> Future[Folder] | None:
        """What it becomes; None for one that refers to no release."""
        name = _release(folder)
        if not name:
            return None
        key = tuple(sorted(folder.items()))
        if key not in self._started:
            self._started[key] = self._pool.submit(self._objects, folder, load_release(name))
        return self._started[key]

    def _objects(self, folder: Folder, release: Release) -> Folder:
        return below(HYDRATED, self._build(folder, release))


def _release(folder: Folder) -> str:
    try:
        found = load_all(folder.get(FILE, b"").decode())
    except ValueError:  # what somebody committed, and no YAML
        return ""
    return release_of(found[0]) if len(found) == 1 and isinstance(found[0], Mapping) else ""


def _folders(side: Side, other: Side) -> dict[str, dict[str, bytes]]:
    """The folders of applications that are not the same on the other side."""
    paths = (path for path in {*side, *other} if side.get(path) != other.get(path))
    different = set(filter(None, map(_folder, paths)))
    found: dict[str, dict[str, bytes]] = defaultdict(dict)
    for path, content in side.items():
        if (folder := _folder(path)) in different:
            found[folder][path.removeprefix(f"{folder}/")] = content
    return found


def _folder(path: str) -> str:
    """`dist/prod/kubeflow-katib` of a file there; empty for what belongs to no application."""
    top, *rest = path.split("/")
    return "/".join([top, *rest[:2]]) if top == "dist" and len(rest) > 2 else ""


def _replaced(side: Side, folders: Mapping[str, Folder], made: Mapping[str, Folder]) -> Side:
    """The side with other files in some folders."""
    gone = {path for name in made for path in below(name, folders[name])}
    kept = {path: content for path, content in side.items() if path not in gone}
    for name, folder in made.items():
        kept |= below(name, folder)
    return kept
