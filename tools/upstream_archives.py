"""Release archives of kubeflow/manifests, unpacked for tests, benchmarks and the catalogue."""

from __future__ import annotations

import tarfile
from pathlib import Path

from synth.catalog.kubeflow import load_release
from synth.render.upstream import satisfy_remotes

_ARCHIVES = {"26.03": "26.03"}


def unpack_release(shared: Path, release: str, folder: Path) -> Path:
    """The tree of a release below `folder`, its remote bases satisfied from local copies."""
    tree = unpack_manifests(shared, release, folder)
    remotes = load_release(release).remotes
    if remotes:
        satisfy_remotes(tree, remotes, unpack_remotes(shared, folder))
    return tree


def unpack_manifests(shared: Path, release: str, folder: Path) -> Path:
    """The tree of a release below `folder`, as it is."""
    name = _ARCHIVES.get(release, f"v{release}")
    return _unpack(shared / "upstream" / f"kubeflow-manifests-{name}.tar.xz", folder / "kubeflow")


def unpack_remotes(shared: Path, folder: Path) -> dict[str, Path]:
    """Local copies of what 1.11 and 26.03 pull from elsewhere, by name."""
    argo = _unpack(shared / "upstream" / "argo-workflows-v3.7.3.tar.xz", folder / "argo")
    return {"argo-workflows": argo, "jobset": shared / "upstream" / "jobset-v0.10.1-manifests.yaml"}


def _unpack(archive: Path, folder: Path) -> Path:
    with tarfile.open(archive) as file:
        file.extractall(folder, filter="data")
    return next(folder.iterdir())
