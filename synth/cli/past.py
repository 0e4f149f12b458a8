"""What a revision's `dist/` was made from: read to name causes, and for nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from synth.cli.steps import Silence
from synth.clients.git import extract
from synth.config.load import Loaded
from synth.configuration import configuration
from synth.pipeline import BUILD_ERRORS, Build, build
from synth.project import Project
from synth.render.cache import Cache
from synth.render.digests import tree_digest
from synth.review.causes import Origins, Sources

_MADE_FROM = ("environments", "overlays", "pipelines", "secrets")
_LONGEST = 200
"""So many characters of why they do not build are shown."""
_WRONG = (*BUILD_ERRORS, OSError)


class Past:
    """The sources of a revision in a folder of their own; `notes` say what they cannot tell.

    Raises GitError where there is no such revision.
    """

    def __init__(self, root: Path, revision: str, folder: Path, cache: Cache) -> None:
        extract(root, revision, _MADE_FROM, folder)
        self.notes: list[str] = []
        self._revision = revision
        self._project = Project(folder)
        self._cache = cache
        self._origins: Origins | None = None

    def sources(self, project: Project, result: Build) -> Sources:
        """What was made from what, on both sides."""
        folders = tuple(_changed_folders(self._project, project))
        return Sources(self._loaded(), result.loaded, self.origins, result.origins, folders)

    def origins(self) -> Origins:
        """Where the revision's objects came from: it is built once, where somebody asks."""
        if self._origins is None:
            self._origins = self._built()
        return self._origins

    def _loaded(self) -> Mapping[str, Loaded]:
        try:
            return configuration(self._project)
        except _WRONG as error:
            self._left_out("causes are left out", error)
            return {}

    def _built(self) -> Origins:
        try:
            return build(self._project, self._cache, (), Silence(), everything=True).origins
        except _WRONG as error:
            self._left_out("causes of what goes are left out", error)
            return {}

    def _left_out(self, what: str, error: Exception) -> None:
        first = str(error).partition("\n")[0].replace(f"{self._project.root}/", "")
        why = first if len(first) <= _LONGEST else f"{first[:_LONGEST]}…"
        self.notes.append(f"{what}, since the sources of {self._revision} do not build: {why}")


def _changed_folders(before: Project, after: Project) -> Iterator[str]:
    """Overlays and sources of pipelines that are not what they were."""
    for pattern in ("overlays/*/*", "pipelines/*"):
        old, new = (_digests(each.root, pattern) for each in (before, after))
        yield from (name for name in sorted({*old, *new}) if old.get(name) != new.get(name))


def _digests(root: Path, pattern: str) -> Mapping[str, str]:
    folders = (path for path in root.glob(pattern) if path.is_dir())
    return {str(path.relative_to(root)): tree_digest(path) for path in folders}
