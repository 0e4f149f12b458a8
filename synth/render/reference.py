"""What Argo CD builds of folders that refer to Kubeflow's files, built here from a copy of these."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from synth.catalog.kubeflow import REPOSITORY, Release
from synth.render.cache import Cache
from synth.render.digests import digest
from synth.render.documents import load_all
from synth.render.kustomize import Kustomize, find_kustomize
from synth.render.overlay import FILE
from synth.render.plan import plan
from synth.render.upstream import UpstreamError, fetch, is_fetched, pointed_at

_SECTION = "references"


class Builder:
    """Builds such folders from the files of releases that are in the cache; with `fetching` also from
    those that are not there yet.
    """

    def __init__(self, cache: Cache, *, fetching: bool) -> None:
        self._cache = cache
        self._fetching = fetching
        self._found: dict[str, tuple[Path, Kustomize]] = {}
        self._lock = Lock()

    def __call__(self, files: Mapping[str, bytes], release: Release) -> dict[str, bytes]:
        """The objects of an application of which `files` is the folder, a file each as `dist/` has
        them. Raises UpstreamError, KustomizeError, PlanConflictError.
        """
        tree, kustomize = self._tools(release)
        return built(files, release, tree, kustomize, self._cache)

    def _tools(self, release: Release) -> tuple[Path, Kustomize]:
        with self._lock:
            if release.name not in self._found:
                if not (self._fetching or is_fetched(release, self._cache)):
                    raise UpstreamError(
                        f"Kubeflow {release.name} is not in the cache: with --fetch it is fetched"
                    )
                kustomize = find_kustomize(release.kustomize)
                self._found[release.name] = fetch(release, self._cache), kustomize
            return self._found[release.name]


def built(
    files: Mapping[str, bytes], release: Release, tree: Path, kustomize: Kustomize, cache: Cache
) -> dict[str, bytes]:
    """The objects of the application of which `files` is the folder, a file each.

    `tree` holds the files of the release at its commit. Raises KustomizeError.
    """

    def make() -> bytes:
        with TemporaryDirectory(prefix="kfsynth-") as scratch:
            # A real path: Kustomize compares roots after resolving links.
            folder = Path(scratch).resolve() / "application"
            for name, content in files.items():
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                if path.name == FILE:
                    text = content.decode()
                    path.write_text(pointed_at(text, path.parent, REPOSITORY, tree.resolve()))
            objects = load_all(kustomize.build(folder))
        return json.dumps({name: data.decode() for name, data in plan(objects).items()}).encode()

    named = [part for name in sorted(files) for part in (name, files[name])]
    key = digest(release.commit, kustomize.version, *named)
    texts: dict[str, str] = json.loads(cache.made(_SECTION, key, make))
    return {name: text.encode() for name, text in texts.items()}
