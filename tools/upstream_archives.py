"""Release archives of kubeflow/manifests, unpacked for tests, benchmarks and the catalogue."""

from __future__ import annotations

import tarfile
from pathlib import Path

from synth.render.upstream import satisfy_remotes

_ARCHIVES = {"26.03": "26.03"}


def unpack_release(shared: Path, release: str, folder: Path) -> Path:
    """The tree of a release below `folder`, its remote bases satisfied from local copies."""
    name = _ARCHIVES.get(release, f"v{release}")
    tree = _unpack(shared / "upstream" / f"kubeflow-manifests-{name}.tar.xz", folder / "kubeflow")
    if release in ("1.11", "26.03"):
        argo = _unpack(shared / "upstream" / "argo-workflows-v3.7.3.tar.xz", folder / "argo")
        satisfy_remotes(tree, argo, shared / "upstream" / "jobset-v0.10.1-manifests.yaml")
    return tree


def _unpack(archive: Path, folder: Path) -> Path:
    with tarfile.open(archive) as file:
        file.extractall(folder, filter="data")
    return next(folder.iterdir())
