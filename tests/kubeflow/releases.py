"""A release as upstream builds it and as `synth build` writes it, made once in a test run."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from synth.catalog.kubeflow import Component, Release
from synth.cli.steps import Silence
from synth.kit.external_secrets import Store
from synth.kit.objects import Body
from synth.pipeline import Build, build
from synth.project import Project
from synth.render.cache import Cache
from synth.render.digests import digest, tree_digest
from synth.render.documents import dump, load_all
from synth.render.upstream import ReleaseFiles, release_objects
from tests.conftest import alone
from tests.shared import kustomize, shared
from tools.upstream_archives import unpack_release

STORE = Store("platform", "0.9.20")


def release_tree(common: Path, release: str) -> Path:
    """The files of a release, unpacked once in a test run."""
    folder = common / f"kubeflow-{release}"
    with alone(common, f"unpack-{release}"):
        if not folder.exists():
            partial = Path(f"{folder}.partial")
            unpack_release(shared(), release, partial)
            partial.rename(folder)
    return next((folder / "kubeflow").iterdir())


@dataclass(frozen=True)
class Upstream:
    """The files of a release, and what Kustomize makes of them."""

    release: Release
    tree: Path
    common: Path
    cache: Cache

    def example(self) -> list[Body]:
        """`kustomize build example`."""
        return self.built("example", self.tree / "example")

    def component(self, component: Component) -> list[Body]:
        """`kustomize build` of a component's path, in the namespace that it is applied in."""
        if not component.namespace:
            return self.built(component.name, self.tree / component.path)
        folder = self.common / f"apply-{self.release.name}-{component.name}"
        folder.mkdir(exist_ok=True)
        base = os.path.relpath(self.tree / component.path, folder)
        namespace = {"resources": [base], "namespace": component.namespace}
        (folder / "kustomization.yaml").write_text(dump(namespace))
        return self.built(component.name, folder)

    def built(self, name: str, folder: Path) -> list[Body]:
        """What Kustomize makes of a folder."""
        tool = kustomize()
        key = digest("test", self.release.name, name, tool.version)
        with alone(self.common, f"{self.release.name}-{name}"):
            data = self.cache.made(
                "built", key, lambda: json.dumps(load_all(tool.build(folder))).encode()
            )
        objects: list[Body] = json.loads(data)
        return objects

    def parts(self, *optional: Component) -> dict[str, list[Body]]:
        """Upstream's objects by component, as the generator gets them."""
        files = ReleaseFiles(self.tree, {}, tree_digest(self.tree))
        with alone(self.common, f"{self.release.name}-parts"):
            return release_objects(self.release, optional, files, kustomize(), self.cache)

    def applications(
        self,
        folder: Path,
        source: str = "hydrated",
        components: Mapping[str, bool] | None = None,
        credentials: str = "external",
    ) -> dict[str, dict[str, bytes]]:
        """The files that `synth build` writes for each component, by file name."""
        built = self.build(folder, source, components, credentials)
        found: dict[str, dict[str, bytes]] = {}
        for path, data in built.trees["dist/only"].items():
            application, _, name = path.partition("/")
            if application.startswith("kubeflow-"):
                found.setdefault(application.removeprefix("kubeflow-"), {})[name] = data
        return found

    def build(
        self,
        folder: Path,
        source: str = "hydrated",
        components: Mapping[str, bool] | None = None,
        credentials: str = "external",
    ) -> Build:
        """What `synth build` makes of an environment that has this release and nothing else."""
        (folder / "environments").mkdir(parents=True)
        environment = {
            "name": "only",
            "cluster": {"kubernetes": self.release.kubernetes[-1]},
            "gitops": {"repoURL": "https://git.example.com/ml/platform.git"},
            "secrets": {"store": {"name": STORE.name}},
            "kubeflow": {
                "release": self.release.name,
                "source": source,
                "upstream": str(self.tree),
                "defaultCredentials": credentials,
                "components": dict(components or {}),
            },
        }
        (folder / "environments/only.yaml").write_text(dump(environment))
        kustomize()
        with alone(self.common, f"{self.release.name}-parts"):
            return build(Project(folder), self.cache, (), Silence())


def objects(files: Mapping[str, bytes]) -> list[Body]:
    """The objects in an application's files."""
    return [body for data in files.values() for body in load_all(data.decode())]
