"""Everything at once: a control plane with Argo CD, the controllers, and a team's git repository."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from synth.kit.objects import Body
from synth.render.documents import load_all
from tests.cluster.argocd import ArgoCd, argocd
from tests.cluster.control_plane import ControlPlane, control_plane
from tests.cluster.controllers import controllers
from tests.cluster.example import Example
from tests.cluster.git import GitRepository
from tests.cluster.stand_ins import StandIns, stand_ins
from tests.shared import shared

ADDONS = {
    "strimzi-0.45.1.yaml": "kafka",
    "knative-kafka-1.10.yaml": "",
    "external-secrets.yaml": "",
    "prometheus-operator-0.93.0.yaml": "monitoring",
    "grafana-operator-5.24.0.yaml": "",
}
"""Operators that come from charts, which cannot be fetched here: their CRDs, and the namespace that
the chart would have made.
"""


@dataclass(frozen=True)
class Platform:
    """One environment of the example on a cluster of its own."""

    plane: ControlPlane
    argocd: ArgoCd
    git: GitRepository
    example: Example
    stand_ins: StandIns
    environment: str

    def application(self, name: str) -> str:
        """What Argo CD calls an application of this environment."""
        return f"{self.environment}-{name}"

    def folder(self, application: str) -> Path:
        """Where an application's files lie in the working tree."""
        return self.git.tree / "dist" / self.environment / application

    def publish(self, message: str) -> str:
        """Build what the sources say and push it; the commit's hash."""
        self.example.build()
        return self.push(message)

    def push(self, message: str) -> str:
        """Push the working tree as it is; the commit's hash."""
        commit = self.git.commit(message)
        self.argocd.refresh()
        return commit

    def bootstrap(self) -> None:
        """What the README tells an administrator to do, and nothing else."""
        top = self.git.tree / "argocd"
        self.argocd.bootstrap(top / "settings", top / self.environment)


@contextmanager
def platform(folder: Path, environment: str, env: Mapping[str, str]) -> Iterator[Platform]:
    """A cluster with the add-ons' CRDs and nothing of ours in it yet; `env` is the repo-server's."""
    with ExitStack() as stack:
        plane = stack.enter_context(control_plane(folder / "cluster"))
        install_addons(plane, folder)
        stack.enter_context(controllers(plane))
        working = stack.enter_context(stand_ins(plane))
        running = stack.enter_context(argocd(plane, env))
        git = GitRepository(folder)
        example = Example(git.tree, folder.parent / "synth-cache")
        yield Platform(plane, running, git, example, working, environment)


def install_addons(plane: ControlPlane, folder: Path) -> None:
    """The CRDs of the operators in `ADDONS`, and their namespaces."""
    for name, namespace in ADDONS.items():
        crds = [_served(each) for each in load_all((shared() / "crds" / name).read_text()) if each]
        path = folder / f"{name}.json"
        path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": crds}))
        plane.install_crds(path)
        if namespace:
            plane.kubectl("create", "namespace", namespace)


def _served(crd: Body) -> Body:
    """The CRD as the version that the example names has it: External Secrets 0.9 serves v1beta1,
    of the same form, and stores it; the one at hand is later.
    """
    if not crd["metadata"]["name"].endswith(".external-secrets.io"):
        return crd
    for version in crd["spec"]["versions"]:
        version["served"] = version["storage"] = version["name"] == "v1beta1"
    return crd
