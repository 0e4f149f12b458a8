"""Where things are in a repository of this shape."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Project:
    """The folders of one repository, from its root.

    `tried` stands in for what a team edits while a change of it is tried out.
    """

    root: Path
    tried: Path | None = None

    @property
    def environments(self) -> Path:
        """What a team edits."""
        return self.tried or self.root / "environments"

    @property
    def overlays(self) -> Path:
        """Kustomize Components: `overlays/<environment or base>/<application>/`."""
        return self.root / "overlays"

    @property
    def secrets(self) -> Path:
        """SealedSecrets: `secrets/<environment>/<namespace>/<name>.yaml`."""
        return self.root / "secrets"

    @property
    def rules(self) -> Path:
        """The repository's own rules: `rules/*.py`."""
        return self.root / "rules"


def find_project(start: Path) -> Project:
    """The repository that `start` lies in: the nearest folder that holds `environments/`.

    Raises FileNotFoundError where there is none.
    """
    for folder in (start, *start.parents):
        if (folder / "environments").is_dir():
            return Project(folder)
    raise FileNotFoundError(f"no folder environments/ in {start} or above it")
