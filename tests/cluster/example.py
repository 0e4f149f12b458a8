"""The committed example as a team with a cluster of its own would have it: the same files, with the
address of its repository and its cluster, and a release of Kubeflow.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from synth.catalog.images import split
from synth.catalog.kubeflow import Release, load_release
from synth.render.documents import dump
from tests.cluster.programs import program
from tests.repository import ROOT

IN_CLUSTER = "https://kubernetes.default.svc"


class Example:
    """The sources of the example in a working tree, and what `synth build` makes of them."""

    def __init__(self, tree: Path, cache: Path) -> None:
        self.tree = tree
        self._cache = cache

    def write(self, *environments: str, url: str) -> None:
        """The committed sources, for a repository at `url` and one cluster, Argo CD's own."""
        kept = {"base", *environments}
        for name in ("environments", "overlays"):
            for path in (ROOT / name).iterdir():
                if path.is_dir() and path.name in kept:
                    shutil.copytree(path, self.tree / name / path.name)
                elif path.stem in kept:
                    (self.tree / name).mkdir(exist_ok=True, parents=True)
                    shutil.copy(path, self.tree / name)
        shutil.copytree(ROOT / "pipelines", self.tree / "pipelines")
        self.set("base", "gitops.repoURL", url)
        for environment in environments:
            self.set(environment, "cluster.server", IN_CLUSTER)

    def release(self, name: str, source: str, upstream: Path, *environments: str) -> None:
        """Another release of Kubeflow for all environments, in their own lines."""
        release = load_release(name)
        self.set("base", "kubeflow.release", name)
        self.set("base", "kubeflow.source", source)
        self.set("base", "kubeflow.upstream", str(upstream))
        if "seldon" not in release.components:
            self.set("base", "kubeflow.components", {"user-namespace": False})
            for each in ("base", *environments):
                self.remove(each, "models")
        for environment in environments:
            self.set(environment, "cluster.kubernetes", release.kubernetes[-1])
            self._keep_images(environment, release)

    def _keep_images(self, environment: str, release: Release) -> None:
        """An overlay that changes an image's tag can only do so while there is that image."""
        used = {split(use.image)[0] for c in release.components.values() for use in c.images}
        for path in (self.tree / "overlays" / environment).glob("*/kustomization.yaml"):
            overlay = yaml.safe_load(path.read_text())
            kept = [image for image in overlay.pop("images", []) if image["name"] in used]
            path.write_text(dump({**overlay, "images": kept} if kept else overlay))

    def read(self, environment: str) -> dict[str, Any]:
        body: dict[str, Any] = yaml.safe_load(self._path(environment).read_text())
        return body

    def set(self, environment: str, field: str, value: object) -> None:
        """Write a field of an environment's file, given as `a.b.c`; list items by their number."""
        body = self.read(environment)
        place, last = _place(body, field)
        place[int(last) if isinstance(place, list) else last] = value
        self._path(environment).write_text(dump(body))

    def remove(self, environment: str, field: str) -> None:
        """A field of an environment's file, given as for `set`, if the file has it."""
        body = self.read(environment)
        place, last = _place(body, field)
        place.pop(last, None)
        self._path(environment).write_text(dump(body))

    def synth(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "synth", "-C", str(self.tree), *arguments],
            cwd=ROOT,
            env={"KFSYNTH_CACHE": str(self._cache), **_environment()},
            capture_output=True,
            text=True,
            check=False,
        )

    def build(self) -> None:
        done = self.synth("build")
        assert done.returncode == 0, done.stderr

    def _path(self, environment: str) -> Path:
        return self.tree / "environments" / f"{environment}.yaml"


def _place(body: dict[str, Any], field: str) -> tuple[Any, str]:
    """What holds a field, and the field's last name; mappings on the way are made."""
    *parents, last = field.split(".")
    place: Any = body
    for each in parents:
        place = place[int(each)] if isinstance(place, list) else place.setdefault(each, {})
    return place, last


def _environment() -> dict[str, str]:
    path = f"{program('kustomize').parent}{os.pathsep}{os.environ['PATH']}"
    kept = {key: value for key, value in os.environ.items() if key != "KFSYNTH_UPSTREAM"}
    return {**kept, "PATH": path}
