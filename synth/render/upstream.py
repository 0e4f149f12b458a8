"""Upstream's files of a release → its objects, by component, each release built once."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

from synth.catalog.kubeflow import REPOSITORY, Component, Release
from synth.kit.objects import Body, identity
from synth.render.cache import Cache
from synth.render.digests import digest
from synth.render.documents import dump, load_all
from synth.render.kustomize import Kustomize, Running

_LOG = logging.getLogger(__name__)
_SECTION = "upstream"
RUNS = 2
"""How many Kustomize runs build a release: as many as the smallest usual machine has cores."""


class UpstreamError(Exception):
    """Upstream's files are not there, or are not the release that they should be."""


@dataclass(frozen=True)
class ReleaseFiles:
    """Upstream's files of a release, local copies of what they pull from elsewhere, by its name, and
    the digest of both.
    """

    tree: Path
    remotes: Mapping[str, Path]
    content: str


class ReleaseRuns:
    """The runs of Kustomize that build a release's `components`, which end with the block.

    Upstream's defaults are always built together, in as few runs as there are cores; each
    optional component in a run of its own. Runs are cached by the content of the files and the
    Kustomize version.
    """

    def __init__(
        self,
        release: Release,
        components: Collection[Component],
        files: ReleaseFiles,
        kustomize: Kustomize,
        cache: Cache,
    ) -> None:
        defaults = [each for each in release.components.values() if each.default]
        optional = [[each] for each in components if not each.default]
        self._release = release
        self._runs = [*_groups(defaults), *optional]
        self._files = files
        self._kustomize = kustomize
        self._cache = cache
        self._running: dict[int, Running] = {}
        self._ending = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.close()

    def begin(self, place: int = 0) -> None:
        """Starts those from `place` on for which there are cores, and which are not in the cache."""
        for each in range(place, min(place + RUNS, len(self._runs))):
            known = self._cache.has(_SECTION, self._key(each))
            if each not in self._running and not known:
                self._start(each)

    def objects(self) -> dict[str, list[Body]]:
        """Every object as upstream writes it, by component. Raises UpstreamError for one that the
        catalogue does not know, KustomizeError.
        """
        parts: dict[str, list[Body]] = {each.name: [] for run in self._runs for each in run}
        for place in range(len(self._runs)):
            self.begin(place)
            for body in self._built(place):
                owner = self._release.owners.get(identity(body))
                if owner is None:
                    raise UpstreamError(
                        f"{identity(body)} is not in Kubeflow {self._release.name}: "
                        f"is {self._files.tree} at commit {self._release.commit}?"
                    )
                parts[owner].append(body)
        return parts

    def _key(self, place: int) -> str:
        names = ",".join(each.name for each in self._runs[place])
        return digest(self._release.name, names, self._files.content, self._kustomize.version)

    def _start(self, place: int) -> Running:
        folder = self._ending.enter_context(tempfile.TemporaryDirectory(prefix="kfsynth-"))
        # A real path: Kustomize compares roots after resolving links.
        path = Path(folder).resolve() / "run"
        name = _kustomization(path, self._tree.resolve(), self._runs[place])
        self._running[place] = self._ending.enter_context(self._kustomize.begin(name))
        return self._running[place]

    @cached_property
    def _tree(self) -> Path:
        """Upstream's files, or a copy of them whose remote bases are local."""
        tree, remotes = self._files.tree, self._files.remotes
        if not remotes:
            return tree
        folder = self._ending.enter_context(tempfile.TemporaryDirectory(prefix="kfsynth-"))
        copy = Path(folder).resolve() / "manifests"
        shutil.copytree(tree, copy, ignore=shutil.ignore_patterns(".git"))
        satisfy_remotes(copy, self._release.remotes, remotes)
        return copy

    def _built(self, place: int) -> list[Body]:
        data = None if place in self._running else self._cache.get(_SECTION, self._key(place))
        if data is None:
            running = self._running.get(place) or self._start(place)
            data = json.dumps(load_all(running.objects())).encode()
            self._cache.put(_SECTION, self._key(place), data)
        objects: list[Body] = json.loads(data)
        return objects


def release_objects(
    release: Release,
    components: Collection[Component],
    files: ReleaseFiles,
    kustomize: Kustomize,
    cache: Cache,
) -> dict[str, list[Body]]:
    """The same at once, for who has nothing else to do meanwhile."""
    with ReleaseRuns(release, components, files, kustomize, cache) as runs:
        return runs.objects()


def _groups(components: Sequence[Component]) -> list[list[Component]]:
    """The components in `RUNS` groups of about the same work, told by their objects.

    Several parts have an Issuer or Certificate of one original name, and which of them Kustomize
    takes a reference for depends on who is there and in which order: all that need cert-manager
    stay together, and each group in upstream's order.
    """
    together = [each for each in components if "cert-manager" in each.requires]
    groups = [together, *([] for _ in range(RUNS - 1))]
    loads = [sum(map(_work, together)), *[0] * (RUNS - 1)]
    rest = [each for each in components if each not in together]
    for component in sorted(rest, key=lambda each: (-_work(each), each.name)):
        lightest = loads.index(min(loads))
        groups[lightest].append(component)
        loads[lightest] += _work(component)
    return [sorted(group, key=components.index) for group in groups]


def _work(component: Component) -> int:
    """A component's share of the work: CRDs are the large objects."""
    return len(component.objects) + 10 * len(component.crd_versions)


def _kustomization(folder: Path, tree: Path, components: Sequence[Component]) -> Path:
    folder.mkdir()
    resources = []
    for each in components:
        if each.namespace:
            path = _write(folder / each.name, [tree / each.path], {"namespace": each.namespace})
        else:
            path = tree / each.path
        resources.append(path)
    laid = [os.path.relpath(tree / path, folder) for e in components for path in e.laid_over]
    more: Body = {"components": laid} if laid else {}
    return _write(folder, resources, more)


def _write(folder: Path, resources: Sequence[Path], more: Body) -> Path:
    folder.mkdir(exist_ok=True)
    body: Body = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [os.path.relpath(path, folder) for path in resources],
        **more,
    }
    (folder / "kustomization.yaml").write_text(dump(body))
    return folder


def is_fetched(release: Release, cache: Cache) -> bool:
    """Whether the files of a release are in the cache."""
    return (_fetched(release, cache) / "example").is_dir()


def _fetched(release: Release, cache: Cache) -> Path:
    return cache.folder / "git" / release.commit


def fetch(release: Release, cache: Cache) -> Path:
    """The files of a release, fetched once, shallow and by its full commit, into the cache.

    Git's own configuration (`insteadOf`, credentials, proxies) applies.
    Raises UpstreamError with what git says.
    """
    folder = _fetched(release, cache)
    if is_fetched(release, cache):
        with contextlib.suppress(OSError):  # what was used lately stays the longest
            os.utime(folder)
        return folder
    _LOG.info("fetching %s at %s into %s", REPOSITORY, release.commit, folder)
    temporary = Path(f"{folder}.{os.getpid()}")
    temporary.mkdir(parents=True)
    for command in (
        ["init", "--quiet"],
        ["fetch", "--quiet", "--depth=1", REPOSITORY, release.commit],
        ["checkout", "--quiet", "FETCH_HEAD"],
    ):
        done = subprocess.run(
            ["git", *command], cwd=temporary, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise UpstreamError(
                f"Kubeflow {release.name} cannot be fetched: {done.stderr.strip()}; "
                "kubeflow.upstream or KFSYNTH_UPSTREAM names a local copy"
            )
    os.replace(temporary, folder)
    return folder


def satisfy_remotes(tree: Path, remotes: Mapping[str, str], copies: Mapping[str, Path]) -> None:
    """Points the remote bases in a copy of upstream's files at local ones.

    `remotes` are URLs by name, as the catalogue has them; `copies` where each of some names lies:
    the tree of a git repository, or a file that a release offers for download.
    """
    for path in tree.rglob("kustomization.yaml"):
        text = before = path.read_text()
        for name, copy in copies.items():
            text = pointed_at(text, path.parent, remotes[name], copy.resolve())
        if text != before:
            path.write_text(text)


def pointed_at(text: str, folder: Path, remote: str, copy: Path) -> str:
    """A kustomization's text, with a copy in a remote's place, seen from the folder that it is in."""
    if copy.is_file():
        # Kustomize loads no file from outside the folder of the kustomization.
        if remote in text:
            (folder / copy.name).write_bytes(copy.read_bytes())
        return text.replace(remote, copy.name)
    repository = "/".join(remote.split("/")[:5])
    return re.sub(
        rf"{re.escape(repository)}/([^\s?]*)(?:\?\S*)?",
        lambda match: os.path.relpath(copy / match[1].strip("/"), folder.resolve()),
        text,
    )
