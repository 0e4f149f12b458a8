"""Dashboards from what an environment says, reduced to what they show of it.

A new version of a model changes none of that: who brings one in does not wait for dashboards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from synth.app.workload import Inputs, Workload
from synth.app.workloads.monitoring import watched_projects
from synth.catalog.metrics import requests
from synth.config.environment import Environment
from synth.config.kafka import KafkaCluster
from synth.config.objectives import Objectives
from synth.config.observability import Grafana
from synth.config.streaming import Stream
from synth.kit.names import bounded
from synth.kit.quantities import milliseconds, percent
from synth.rules.workflows import argo_version

if TYPE_CHECKING:
    from cdk8s import Chart

    from synth.domains.observability.dashboards.serving import Served
    from synth.domains.observability.dashboards.streams import Watched


class ServedModel(NamedTuple):
    """What dashboards show of a model, whatever its versions are."""

    team: str
    name: str
    engine: str
    transport: Literal["rest", "grpc"]
    objectives: Objectives | None


@dataclass(frozen=True, slots=True)
class Shown:
    """What dashboards are made of; `workflows` are team and name of those that have a schedule,
    `trains` are teams that train, `projects` are those of an Argo CD whose metrics come here.
    """

    grafana: Grafana
    namespace: str
    teams: Sequence[str]
    models: Sequence[ServedModel]
    workflows: Sequence[tuple[str, str]]
    trains: Sequence[str]
    streams: Sequence[Stream]
    kafka: Sequence[KafkaCluster]
    projects: Sequence[str]
    argo: str
    pipelines: bool
    certificates: bool
    mlflow: str


def shown(environment: Environment, argo: str | None) -> Mapping[str, object]:
    """What Shown is made of; nothing where there is no Grafana. `argo` is the version of Argo
    Workflows.
    """
    observability, mlflow = environment.observability, environment.mlflow
    if not (observability and observability.grafana):
        return {}
    return {
        "grafana": observability.grafana,
        "namespace": observability.prometheus.namespace,
        "teams": [team.name for team in environment.teams],
        "models": [
            ServedModel(each.team, each.name, each.engine, each.server.transport, each.objectives)
            for each in environment.models
        ],
        "workflows": [(each.team, each.name) for each in environment.workflows if each.schedule],
        "trains": sorted(
            {each.team for each in environment.workflows}
            | {each.team for each in environment.pipelines}
        ),
        "streams": environment.streams,
        "kafka": environment.kafka,
        "projects": watched_projects(environment),
        "argo": argo or "",
        "pipelines": environment.kubeflow is not None
        and environment.kubeflow.components.get("pipelines", True),
        "certificates": bool(environment.kubeflow or environment.addons.cert_manager),
        "mlflow": mlflow.namespace if mlflow and mlflow.metrics else "",
    }


def show(chart: Chart, what: Shown) -> None:
    """The dashboards of every team and the platform's."""
    from synth.domains.observability.dashboards.delivery import NAME, Dashboards
    from synth.domains.observability.dashboards.platform import Parts, platform
    from synth.domains.observability.dashboards.teams import Team, pages
    from synth.domains.observability.links import UID_LENGTH

    datasource = what.grafana.datasource_uid
    models = sorted(what.models, key=lambda each: each.name)
    streams = sorted(what.streams, key=lambda each: each.name)
    for name in sorted(what.teams):
        team = Team(
            name,
            models=[_served(each) for each in models if each.team == name],
            workflows=[workflow for owner, workflow in sorted(what.workflows) if owner == name],
            streams=[_watched(each, what.kafka) for each in streams if each.team == name],
            trains=name in what.trains,
        )
        its = [*pages(team, datasource)]
        if its:
            uid = bounded(f"{NAME}_{name}", UID_LENGTH)
            Dashboards(chart, name, its, what.grafana, uid=uid, title=f"Dashboards of {name}")
    parts = Parts(
        projects=what.projects,
        teams=sorted(what.teams),
        argo=what.argo,
        pipelines=what.pipelines,
        certificates=what.certificates,
        mlflow=what.mlflow,
        kafka=sorted({cluster.namespace for cluster in what.kafka}),
    )
    Dashboards(
        chart,
        what.namespace,
        [platform(parts, datasource)],
        what.grafana,
        uid=NAME,
        title="Dashboards of the platform",
    )


def _served(model: ServedModel) -> Served:
    from synth.domains.observability.dashboards.serving import Served

    promised = model.objectives
    latency = (
        promised.latency.model_dump(exclude_none=True) if promised and promised.latency else {}
    )
    return Served(
        model.name,
        requests(model.engine, model.transport),
        latency={name: milliseconds(value) / 1000 for name, value in latency.items()},
        errors=float(percent(promised.errors)) if promised and promised.errors else None,
    )


def _watched(stream: Stream, kafka: Sequence[KafkaCluster]) -> Watched:
    from synth.domains.observability.dashboards.streams import Watched
    from synth.domains.observability.platform.scraping import exporter_labels
    from synth.domains.streaming import job

    topics = {"read": stream.kafka.topic, "written": stream.output, "dead": stream.dead_letters}
    return Watched(
        stream.name,
        stream.source.consumer_group,
        {what: topic.name for what, topic in topics.items() if topic},
        job(stream),
        exporter_labels(stream.kafka.own_cluster(kafka)),
    )


def _inputs(environment: Environment) -> Inputs:
    return shown(environment, argo_version(environment))


def _build(chart: Chart, **what: Any) -> None:
    show(chart, Shown(**what))


DASHBOARDS = Workload(
    11,
    _inputs,
    _build,
    frozenset(
        {
            "ConfigMap",
            "GrafanaDashboard.grafana.integreatly.org",
            "GrafanaFolder.grafana.integreatly.org",
        }
    ),
)
