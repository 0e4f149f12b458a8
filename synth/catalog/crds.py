"""The structure of the CRDs of every project and release that is known: types, fields, bounds.

The data is made by tools/crd_schemas.py from the projects' own CRDs and from those in the builds of
kubeflow/manifests; a component of Kubeflow has a file where its CRDs changed. Every file has JSON
Schemas of whole objects in `kinds`, by `apiVersion` and kind, those of versions that are not served any
more in `former`, and in `$defs` what they have in common.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from synth.catalog.kubeflow import RELEASES, load_release
from synth.kit.versions import minor

DATA = Path(__file__).parent / "data" / "crds"
KUBEFLOW = DATA / "kubeflow"


@dataclass(frozen=True, slots=True)
class Project:
    """A project with CRDs of these API groups; `alike` are minor versions whose CRDs are those of
    another, which is there.
    """

    title: str
    groups: tuple[str, ...]
    alike: Mapping[tuple[int, int], str] = field(default_factory=dict)


PROJECTS: Mapping[str, Project] = {
    "argo-cd": Project("Argo CD", ("argoproj.io",)),
    "argo-events": Project("Argo Events", ("argoproj.io",)),
    "argo-workflows": Project("Argo Workflows", ("argoproj.io",)),
    "eck": Project(
        "ECK",
        (
            "beat.k8s.elastic.co", "elasticsearch.k8s.elastic.co", "kibana.k8s.elastic.co",
            "logstash.k8s.elastic.co",
        ),
    ),
    "external-secrets": Project("External Secrets", ("external-secrets.io",)),
    "grafana-operator": Project("the Grafana operator", ("grafana.integreatly.org",)),
    "jaeger-operator": Project("the Jaeger operator", ("jaegertracing.io",)),
    "keda": Project("KEDA", ("keda.sh",)),
    "knative-kafka": Project(
        "Knative's Kafka source", ("internal.kafka.eventing.knative.dev", "sources.knative.dev")
    ),
    "kubeflow-pipelines": Project("Kubeflow Pipelines", ("pipelines.kubeflow.org",)),
    "opentelemetry-operator": Project("the OpenTelemetry operator", ("opentelemetry.io",)),
    "prometheus-operator": Project("the Prometheus operator", ("monitoring.coreos.com",)),
    "sealed-secrets": Project("Sealed Secrets", ("bitnami.com",)),
    # The types are the same (operator/apis/machinelearning.seldon.io/v1 at v1.17.1 and v1.18.2).
    "seldon": Project("Seldon Core", ("machinelearning.seldon.io",), {(1, 18): "1.17.1"}),
    "strimzi": Project("Strimzi", ("core.strimzi.io", "kafka.strimzi.io")),
}  # fmt: skip
"""By the name of the folder."""


@dataclass(frozen=True, slots=True)
class Source:
    """The CRDs of one version of a project, or of a component of a release of Kubeflow.

    `exact` where this is the version that was asked for, `older` where it is an earlier one: later
    versions hardly take a field away from an API, but add many (from 3.2.6 to 3.5.1 Argo CD took none,
    from 2.16.1 to 3.5.0 ECK none).
    """

    title: str
    path: Path
    exact: bool = False
    older: bool = False

    def schema(self, api_version: str, kind: str) -> dict[str, Any] | None:
        """The JSON Schema of a kind; that of a version of its API that is not served any more only
        where the version of the project is another one.
        """
        file, name = _file(self.path), f"{api_version} {kind}"
        found = file["kinds"].get(name) or ({} if self.exact else file["former"]).get(name)
        if not found:
            return None
        whole = file["$defs"].get(found.get("$ref", "").rpartition("/")[2], found)
        return {**whole, "$defs": file["$defs"]}

    def kinds(self) -> Iterator[tuple[str, str]]:
        """The `apiVersion` and kind of everything that is served."""
        for name in _file(self.path)["kinds"]:
            api_version, _, kind = name.partition(" ")
            yield api_version, kind


def sources(
    group: str, versions: Mapping[str, str], release: str = "", components: Collection[str] = ()
) -> Iterator[Source]:
    """Where schemas of an API group are, the best one first: Kubeflow's `release`, of which these
    `components` are on, or without one that has the group the last that does; then projects, of the
    `versions` that are known. A version that nobody says is taken for the last one, and so is that of
    a component that is off, which may be there all the same.
    """
    for name in (release, *reversed(RELEASES)):
        if there := _components(name, group):
            for component in there:
                on, ours = component in components, name == release
                path = component_file(component, name if on else RELEASES[-1])
                title = path.stem if ours and not on else name
                yield Source(f"Kubeflow {title}", path, exact=ours and on)
            break
    for name, project in PROJECTS.items():
        if group in project.groups:
            yield from _of_project(name, project, versions.get(name))


@lru_cache
def _components(release: str, group: str) -> list[str]:
    """Those that bring CRDs of a group."""
    return [
        name
        for name, component in (load_release(release).components if release else {}).items()
        if any(crd.partition(".")[2] == group for crd in component.crd_versions)
    ]


def component_file(component: str, release: str) -> Path:
    """The file of a component with CRDs: the last one that a release up to this one brought."""
    until = RELEASES[: RELEASES.index(release) + 1]
    paths = (KUBEFLOW / component / f"{each}.json" for each in reversed(until))
    return next(path for path in paths if path.is_file())


def _of_project(name: str, project: Project, version: str | None) -> Iterator[Source]:
    there = sorted((DATA / name).iterdir(), key=lambda path: minor(path.stem))
    wanted = minor(project.alike.get(minor(version), version)) if version else None
    after = [path for path in there if wanted and minor(path.stem) >= wanted]
    before = [path for path in reversed(there) if path not in after]
    for path in [*after, *before]:
        yield Source(
            f"{project.title} {path.stem}",
            path,
            exact=minor(path.stem) == wanted,
            older=bool(wanted) and path in before,
        )


@lru_cache
def _file(path: Path) -> dict[str, dict[str, Any]]:
    data: dict[str, dict[str, Any]] = json.loads(path.read_bytes())
    return data
