"""Which alerts on the platform an environment has, and what Prometheus has to scrape for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synth.app.kubeflow import enabled_components
from synth.app.workload import Inputs, Workload
from synth.app.workloads.retraining import retrained
from synth.catalog.kubeflow import Component, isolated_namespaces
from synth.config.addons import ArgoWorkflows
from synth.config.environment import Environment
from synth.config.gitops import ArgoCD
from synth.config.kafka import KafkaCluster
from synth.config.observability import Observability, Platform
from synth.config.pipelines import Pipeline
from synth.config.platform import Team
from synth.config.registry import Mlflow
from synth.config.streaming import Stream
from synth.config.workflows import Workflow
from synth.kit.application import gitops_project
from synth.rules.workflows import argo_version

if TYPE_CHECKING:
    from cdk8s import Chart

    from synth.domains.observability.alert import Alert
    from synth.domains.observability.platform.scraping import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitored:
    """What of an environment the alerts are about.

    `components` are those of Kubeflow, `isolated` the namespaces in which its NetworkPolicies let
    nobody in, `cert_manager` the namespace of cert-manager, `argo` the version of Argo Workflows, which is Kubeflow's unless there is an `addon`;
    `argocd` is there where Argo CD runs on this cluster, `projects` are those whose Applications are
    watched; `pipelines` are those that Jobs register, `retrained` the teams whose alerts start
    workflows.
    """

    observability: Observability
    components: Sequence[str]
    isolated: Sequence[str]
    cert_manager: str | None
    argo: str | None
    addon: ArgoWorkflows | None
    argocd: ArgoCD | None
    projects: Sequence[str]
    teams: Sequence[Team]
    workflows: Sequence[Workflow]
    pipelines: Sequence[Pipeline]
    streams: Sequence[Stream]
    kafka: Sequence[KafkaCluster]
    mlflow: Mlflow | None
    retrained: Sequence[str]

    @property
    def platform(self) -> Platform:
        """What is said of these alerts."""
        return self.observability.platform or Platform()


def watched_projects(environment: Environment) -> list[str]:
    """The AppProjects of the environment, where this cluster's Prometheus has Argo CD's metrics."""
    platform = environment.platform_alerts
    said = platform.argocd if platform else None
    watched = environment.cluster.runs_argo_cd if said is None else said
    return [environment.name, gitops_project(environment.name)] if watched else []


def monitor(chart: Chart, monitored: Monitored) -> None:
    """Everything as constructs: a team's alerts in its namespace, the rest with Prometheus."""
    from synth.domains.observability.platform import PlatformMonitoring, TeamAlerts

    for team in monitored.teams:
        its = list(_team_alerts(team, monitored))
        TeamAlerts(chart, team.name, its, monitored.observability)
    PlatformMonitoring(
        chart,
        list(_platform_alerts(monitored)),
        list(_targets(monitored)),
        monitored.observability,
        isolated=monitored.isolated,
    )


def _team_alerts(team: Team, monitored: Monitored) -> Iterator[Alert]:
    from synth.domains.observability.platform.team import (
        quota_alert,
        registration_alert,
        runs_alert,
        stream_alerts,
        workflow_alerts,
    )
    from synth.domains.pipelines import registration_name
    from synth.domains.streaming import job

    platform, severity = monitored.platform, monitored.observability.severity
    for workflow in monitored.workflows:
        if workflow.team == team.name and monitored.argo:
            yield from workflow_alerts(workflow, severity)
    for pipeline in monitored.pipelines:
        if pipeline.team == team.name:
            yield registration_alert(pipeline, registration_name(pipeline), severity)
    if "pipelines" in monitored.components:
        yield runs_alert(team, platform, severity)
    for stream in monitored.streams:
        if stream.team == team.name:
            cluster = stream.kafka.own_cluster(monitored.kafka)
            yield from stream_alerts(stream, job(stream), cluster, severity)
    if team.quota:
        yield quota_alert(team, platform, severity)


def _platform_alerts(monitored: Monitored) -> Iterator[Alert]:
    from synth.domains.observability.platform.cluster import (
        application_alerts,
        certificate_alerts,
        mlflow_alert,
    )
    from synth.domains.registry import NAME

    platform, severity = monitored.platform, monitored.observability.severity
    if monitored.mlflow and monitored.mlflow.metrics:
        yield mlflow_alert(monitored.mlflow, NAME, severity)
    if monitored.cert_manager:
        yield from certificate_alerts(platform, severity)
    if monitored.projects:
        yield from application_alerts(monitored.projects, platform, severity)


def _targets(monitored: Monitored) -> Iterator[Target]:
    from synth.domains.observability.platform import scraping
    from synth.domains.registry import LABELS

    if monitored.argo:
        addon = monitored.addon
        yield scraping.workflow_controller(
            addon.namespace if addon else "kubeflow", monitored.argo, addon=addon is not None
        )
    if "pipelines" in monitored.components:
        yield scraping.PIPELINES
    if monitored.cert_manager:
        yield scraping.cert_manager(monitored.cert_manager)
    if monitored.argocd:
        yield scraping.argo_cd(monitored.argocd.namespace)
    for team in monitored.retrained:
        yield from scraping.argo_events(team)
    for cluster in monitored.kafka:
        yield scraping.kafka_exporter(cluster.namespace, cluster.name)
    if monitored.mlflow and monitored.mlflow.metrics:
        yield scraping.mlflow(monitored.mlflow.namespace, LABELS)


def _inputs(environment: Environment) -> Inputs:
    if not environment.platform_alerts:
        return {}
    kubeflow = environment.kubeflow
    components = enabled_components(environment)
    stored = kubeflow is not None and kubeflow.pipelines_store == "kubernetes"
    return {
        "observability": environment.observability,
        "components": sorted(component.name for component in components),
        "isolated": sorted(isolated_namespaces(components)),
        "cert_manager": _cert_manager(environment, components),
        "argo": argo_version(environment),
        "addon": environment.addons.argo_workflows,
        "argocd": environment.gitops.argocd if environment.cluster.runs_argo_cd else None,
        "projects": watched_projects(environment),
        "teams": environment.teams,
        "workflows": environment.workflows,
        "pipelines": () if stored else environment.pipelines,
        "streams": environment.streams,
        "kafka": environment.kafka,
        "mlflow": environment.mlflow,
        "retrained": sorted({model.team for model in retrained(environment)}),
    }


def _cert_manager(environment: Environment, components: Sequence[Component]) -> str | None:
    """Where cert-manager runs: as an add-on, or as Kubeflow's component, which names it so itself."""
    if environment.addons.cert_manager:
        return environment.addons.cert_manager.namespace
    name = "cert-manager"
    return name if name in {component.name for component in components} else None


def _build(chart: Chart, **inputs: Any) -> None:
    monitor(chart, Monitored(**inputs))


MONITORING = Workload(
    11,
    _inputs,
    _build,
    frozenset(
        {
            "AuthorizationPolicy.security.istio.io",
            "ConfigMap",
            "GrafanaAlertRuleGroup.grafana.integreatly.org",
            "GrafanaFolder.grafana.integreatly.org",
            "NetworkPolicy.networking.k8s.io",
            "PodMonitor.monitoring.coreos.com",
            "PrometheusRule.monitoring.coreos.com",
            "ServiceMonitor.monitoring.coreos.com",
        }
    ),
)
