"""Everything at once: a control plane with Argo CD, the controllers, and a team's git repository."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from synth.catalog.kubeflow import load_release
from synth.kit.application import BOOTSTRAP, ROOT, application_name
from synth.kit.objects import Body
from synth.render.documents import load_all
from tests.cluster.argocd import NAMESPACE, Applications, ArgoCd, argocd
from tests.cluster.control_plane import ControlPlane, control_plane
from tests.cluster.controllers import controllers
from tests.cluster.example import Example
from tests.cluster.stand_ins import StandIns, stand_ins
from tests.git import GitRepository
from tests.shared import shared
from tests.trimmed import keep_models

ADDONS = {
    "strimzi-0.45.1.yaml": ("kafkatopics.kafka.strimzi.io",),
    "knative-kafka-1.10.yaml": ("kafkasources.sources.knative.dev",),
    "external-secrets.yaml": ("externalsecrets.external-secrets.io",),
    "eck-2.12.1.yaml": (
        "beats.beat.k8s.elastic.co",
        "elasticsearches.elasticsearch.k8s.elastic.co",
        "kibanas.kibana.k8s.elastic.co",
    ),
    "opentelemetry-operator-0.158.0.yaml": ("opentelemetrycollectors.opentelemetry.io",),
    "argo-events-1.9.10.yaml": (
        "eventbus.argoproj.io",
        "eventsources.argoproj.io",
        "sensors.argoproj.io",
    ),
    "prometheus-operator-0.93.0.yaml": (
        "alertmanagerconfigs.monitoring.coreos.com",
        "servicemonitors.monitoring.coreos.com",
        "podmonitors.monitoring.coreos.com",
        "prometheusrules.monitoring.coreos.com",
    ),
    "grafana-operator-5.24.0.yaml": (
        "grafanaalertrulegroups.grafana.integreatly.org",
        "grafanadashboards.grafana.integreatly.org",
        "grafanafolders.grafana.integreatly.org",
    ),
}
"""Operators that come from charts, which cannot be fetched here, with those of their CRDs that the
example has objects of: every other one would only make the API server slower.
"""
_NAMESPACES = ("kafka", "monitoring")
"""What these charts are installed in."""
CHARTS = ("argo-events", "eck", "grafana-operator", "kube-prometheus-stack", "opentelemetry")
"""The Applications of such charts in the example; they are left out of the repository."""


@dataclass(frozen=True)
class Platform:
    """One environment of the example on a cluster of its own."""

    plane: ControlPlane
    argocd: ArgoCd
    git: GitRepository
    example: Example
    stand_ins: StandIns
    environment: str
    commits: Mapping[str, str]
    """The commits that stand in for upstream's, whose hashes no local copy can have."""

    def application(self, name: str) -> str:
        """What Argo CD calls an application of this environment."""
        return application_name(self.environment, name)

    def folder(self, application: str) -> Path:
        """Where an application's files lie in the working tree."""
        return self.git.tree / "dist" / self.environment / application

    def application_file(self, application: str) -> Path:
        """The Application itself in the working tree."""
        name = f"application.argoproj.io-{self.application(application)}.yaml"
        return self.git.tree / self.applications / NAMESPACE / name

    def publish(self, message: str) -> str:
        """Build what the sources say and push it; the commit's hash."""
        self.build()
        return self.push(message)

    def build(self) -> None:
        """What the sources say, read from the local copies of upstream, without `CHARTS`."""
        self.example.build()
        for name in CHARTS:
            self._leave_out(self.application_file(name))
        for path in (self.git.tree / "dist").rglob("kustomization.yaml"):
            text = path.read_text()
            for upstream, local in self.commits.items():
                text = text.replace(upstream, local)
            path.write_text(text)

    def _leave_out(self, chart: Path) -> None:
        if chart.exists():
            [application] = load_all(chart.read_text())
            assert "chart" in application["spec"]["source"], f"{chart.name} can be fetched"
            chart.unlink()

    def push(self, message: str) -> str:
        """Push the working tree as it is; the commit's hash."""
        commit = self.git.commit(message)
        self.argocd.refresh()
        return commit

    def rest(self, seconds: float = 600) -> Applications:
        """The Applications once all that git names are synced with its last commit, healthy, and
        nothing is under way; AssertionError tells what keeps them.
        """
        head = self.git.head()
        wanted = {
            body["metadata"]["name"]
            for top in (f"argocd/{self.environment}", "argocd/settings", self.applications)
            for path in (self.git.tree / top).rglob("application.*.yaml")
            for body in load_all(path.read_text())
        }

        def at_rest(found: Applications) -> bool:
            return wanted == found.keys() and all(
                each.rests and each.revision == head for each in found.values()
            )

        def behind(found: Applications) -> set[str]:
            return {name for name, each in found.items() if each.revision not in ("", head)}

        return self.argocd.rest(at_rest, behind, seconds)

    def keep_only(self, release: str, components: Collection[str]) -> None:
        """Of the example its teams and their models, and these components of Kubeflow."""
        switches = {each: each in components for each in load_release(release).components}
        self.example.set("base", "kubeflow.components", switches)
        keep_models(self.git.tree / "environments")
        self.git.remove("overlays")

    def change(self, application: str, spec: Body) -> None:
        """Change an Application's spec on the cluster, by a merge patch."""
        self.plane.kubectl(
            "patch", "applications.argoproj.io", application, "-n", NAMESPACE,
            "--type=merge", "-p", json.dumps({"spec": spec}),
        )  # fmt: skip

    @contextmanager
    def unattended(self, *applications: str) -> Iterator[None]:
        """With automatic sync of Applications switched off; git's word holds again afterwards."""
        for name in (self.application(ROOT), self.application(BOOTSTRAP), *applications):
            self.change(name, {"syncPolicy": {"automated": None}})
        try:
            yield
        finally:
            self.bootstrap()

    @property
    def applications(self) -> str:
        """Where the Applications lie."""
        return f"dist/{self.environment}/argocd"

    def bootstrap(self) -> None:
        """What the README tells an administrator to do, and nothing else."""
        top = self.git.tree / "argocd"
        self.argocd.bootstrap(top / "settings", top / self.environment)


@contextmanager
def platform(
    folder: Path,
    environment: str,
    env: Mapping[str, str] | None = None,
    commits: Mapping[str, str] | None = None,
) -> Iterator[Platform]:
    """A cluster with the add-ons' CRDs and nothing of ours in it yet; `env` is the repo-server's."""
    with ExitStack() as stack:
        plane = stack.enter_context(control_plane(folder / "cluster"))
        install_addons(plane, folder)
        stack.enter_context(controllers(plane))
        working = stack.enter_context(stand_ins(plane))
        running = stack.enter_context(argocd(plane, env or {}))
        git = GitRepository(folder)
        example = Example(git.tree, folder.parent / "synth-cache")
        yield Platform(plane, running, git, example, working, environment, commits or {})


def install_addons(plane: ControlPlane, folder: Path) -> None:
    """The CRDs in `ADDONS` and the namespaces of these operators."""
    crds = [
        _served(body)
        for file, names in ADDONS.items()
        for body in load_all((shared() / "crds" / file).read_text())
        if body["metadata"]["name"] in names
    ]
    path = folder / "addons.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": crds}))
    plane.install_crds(path)
    for name in _NAMESPACES:
        plane.kubectl("create", "namespace", name)


def _served(crd: Body) -> Body:
    """The CRD as the version that the example names has it: External Secrets 0.9 serves v1beta1,
    of the same form, and stores it; the one at hand is later.
    """
    if not crd["metadata"]["name"].endswith(".external-secrets.io"):
        return crd
    for version in crd["spec"]["versions"]:
        version["served"] = version["storage"] = version["name"] == "v1beta1"
        version.pop("deprecated", None)
    return crd
