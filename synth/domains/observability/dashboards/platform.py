"""How the platform is doing: what git says and is not so, what fills up, what expires, what is down.

Source of the metrics: synth/catalog/dashboard_metrics.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import stat

from synth.catalog.dashboard_metrics import workflows_by_status
from synth.domains.observability import links
from synth.domains.observability.dashboards.page import Page, Panel, Rows, page
from synth.domains.observability.dashboards.panels import Panels, Query, Steps, evenly
from synth.domains.observability.dashboards.queries import RATE, ended

_DAY = "24h"
_AMISS = Steps(fair=1, bad=3)
_OUT_OF_SYNC = 'sync_status!="Synced"'
_UNHEALTHY = 'health_status!~"Healthy|Suspended"'


@dataclass(frozen=True, slots=True)
class Parts:
    """What the platform consists of.

    `projects` are those of an Argo CD whose metrics come here, `teams` are namespaces; `argo` is the
    version of Argo Workflows, `mlflow` and `kafka` are namespaces. What is empty is not there.
    """

    projects: Sequence[str]
    teams: Sequence[str]
    argo: str
    pipelines: bool
    certificates: bool
    mlflow: str
    kafka: Sequence[str]


def platform(parts: Parts, datasource: str) -> Page:
    """The dashboard of the platform."""
    make = Panels(datasource)
    rows: Rows = (
        ("Now", evenly(_now(make, parts))),
        ("Argo CD", [*_applications(make, parts)] if parts.projects else []),
        ("Certificates", [_certificates(make)] if parts.certificates else []),
        ("Quotas", [*_quotas(make, parts)] if parts.teams else []),
        ("MLflow", [*_mlflow(make, parts)] if parts.mlflow else []),
        ("Workflows and pipelines", [*_runs(make, parts)]),
        ("Kafka", [*_kafka(make, parts)] if parts.kafka else []),
    )
    return page(
        "platform",
        links.PLATFORM,
        "Platform",
        "What all teams share: Argo CD, certificates, quotas, MLflow, pipelines and Kafka.",
        rows,
        time="1d",
    )


def _now(make: Panels, parts: Parts) -> Iterator[stat.Panel]:
    if parts.projects:
        yield make.figure(
            1,
            "Out of sync",
            "Applications of Argo CD that are not what git says.",
            "short",
            f"count({_apps(parts, _OUT_OF_SYNC)}) or vector(0)",
            steps=_AMISS,
        )
        yield make.figure(
            2,
            "Unhealthy",
            "Applications of Argo CD that are not healthy.",
            "short",
            f"count({_apps(parts, _UNHEALTHY)}) or vector(0)",
            steps=_AMISS,
        )
    if parts.certificates:
        yield make.figure(
            3,
            "Next certificate",
            "How long the certificate is still good that expires first; cert-manager renews it "
            "before.",
            "s",
            f"min({_certificate_time()})",
            steps=Steps(fair=14 * 86400, bad=3 * 86400, falling=True),
        )
    if parts.teams:
        yield make.figure(
            4,
            "Fullest quota",
            "How much of a team's quota is used, of the resource and team where it is most.",
            "percentunit",
            f"max({_quota(parts)})",
            steps=Steps(fair=0.8, bad=0.95),
        )
    if parts.pipelines:
        yield make.figure(
            5,
            "Failed pipeline runs",
            "Runs of Kubeflow Pipelines that failed within 24 hours, of all teams.",
            "short",
            ended("resource_manager_workflow_runs_failed", _DAY),
            steps=_AMISS,
        )
    if parts.kafka:
        yield make.figure(
            6,
            "Under-replicated",
            "Partitions of Kafka that have fewer copies than they should.",
            "short",
            f"sum({_partitions(parts)})",
            steps=_AMISS,
        )


def _applications(make: Panels, parts: Parts) -> Iterator[Panel]:
    yield make.listing(
        links.APPLICATIONS,
        "Applications that are not as they should be",
        "Each Application that is out of sync or not healthy.",
        Query(
            "max by (name, sync_status, health_status) (\n"
            f"{_apps(parts, _OUT_OF_SYNC)}\nor\n"
            f"{_apps(parts, _UNHEALTHY)}\n)",
            "Amiss",
            "bool_yes_no",
        ),
        by={"name": "Application", "sync_status": "Sync", "health_status": "Health"},
        width=12,
        height=8,
    )
    yield make.graph(
        12,
        "Applications by health",
        "How many Applications are in each state of health.",
        "short",
        Query(f"count by (health_status) ({_apps(parts)})", "{{health_status}}"),
        stacked=True,
    )


def _certificates(make: Panels) -> Panel:
    return make.listing(
        links.CERTIFICATES,
        "Certificates",
        "How long each certificate of cert-manager is still good, and whether it is ready.",
        Query(_certificate_time(), "Expires in", "s"),
        Query(
            'max by (namespace, name) (certmanager_certificate_ready_status{condition="True"})',
            "Ready",
            "bool_yes_no",
        ),
        by={"namespace": "Namespace", "name": "Certificate"},
        first="Expires in",
    )


def _quotas(make: Panels, parts: Parts) -> Iterator[Panel]:
    yield make.graph(
        links.QUOTAS,
        "Quotas",
        "How much of each team's quota is used; what exceeds it does not start.",
        "percentunit",
        Query(_quota(parts), "{{namespace}} {{resource}}"),
    )
    yield make.graph(
        32,
        "Pods that do not run",
        "Pods of each team that wait for a place or have failed.",
        "short",
        Query(
            f"sum by (namespace, phase) (kube_pod_status_phase{{{_of_teams(parts)}, "
            'phase=~"Pending|Failed|Unknown"}) > 0',
            "{{namespace}} {{phase}}",
        ),
    )


def _mlflow(make: Panels, parts: Parts) -> Iterator[Panel]:
    chosen = f'namespace="{parts.mlflow}"'
    total = "mlflow_http_request_total"
    yield make.graph(
        links.MLFLOW,
        "Requests to MLflow",
        "Requests per second by status; none at all where MLflow cannot be reached.",
        "reqps",
        Query(f"sum by (status) (rate({total}{{{chosen}}}[{RATE}]))", "{{status}}"),
        stacked=True,
    )
    buckets = f"mlflow_http_request_duration_seconds_bucket{{{chosen}}}"
    yield make.graph(
        42,
        "Latency of MLflow",
        "The share of requests that is answered within this time.",
        "s",
        *(
            Query(
                f"histogram_quantile({share}, sum by (le) (rate({buckets}[{RATE}])))",
                f"p{share * 100:g}",
            )
            for share in (0.5, 0.95)
        ),
    )


def _runs(make: Panels, parts: Parts) -> Iterator[Panel]:
    if parts.pipelines:
        yield make.graph(
            51,
            "Pipeline runs within 24 hours",
            "Runs of Kubeflow Pipelines of all teams that ended, each time within the last 24 hours.",
            "short",
            Query(ended("resource_manager_workflow_runs_success", _DAY), "succeeded"),
            Query(ended("resource_manager_workflow_runs_failed", _DAY), "failed"),
        )
    if parts.argo:
        yield make.graph(
            52,
            "Workflows",
            "Workflows that are there, runs of pipelines among them, by how they are doing.",
            "short",
            Query(f"sum by (status) ({workflows_by_status(parts.argo)})", "{{status}}"),
            stacked=True,
        )


def _kafka(make: Panels, parts: Parts) -> Iterator[Panel]:
    chosen = _of_kafka(parts)
    yield make.graph(
        61,
        "Brokers",
        "Brokers of each cluster that answer.",
        "short",
        Query(f"max by (namespace) (kafka_brokers{{{chosen}}})", "{{namespace}}"),
        width=8,
    )
    yield make.graph(
        62,
        "Under-replicated partitions",
        "Partitions of each topic that have fewer copies than they should.",
        "short",
        Query(f"sum by (topic) ({_partitions(parts)}) > 0", "{{topic}}"),
        width=8,
    )
    yield make.graph(
        63,
        "Waiting events",
        "Events that each consumer group has not read yet.",
        "short",
        Query(f"sum by (consumergroup) (kafka_consumergroup_lag{{{chosen}}})", "{{consumergroup}}"),
        width=8,
    )


def _apps(parts: Parts, *matchers: str) -> str:
    chosen = ", ".join((f'project=~"{"|".join(parts.projects)}"', *matchers))
    return f"argocd_app_info{{{chosen}}}"


def _certificate_time() -> str:
    # Without a certificate yet it is 0.
    expires = "certmanager_certificate_expiration_timestamp_seconds"
    return f"max by (namespace, name) ({expires} > 0) - time()"


def _quota(parts: Parts) -> str:
    used, hard = (
        f'max by (namespace, resource) (kube_resourcequota{{{_of_teams(parts)}, type="{type_}"}})'
        for type_ in ("used", "hard")
    )
    return f"{used}\n/ ({hard} > 0)"


def _partitions(parts: Parts) -> str:
    return f"kafka_topic_partition_under_replicated_partition{{{_of_kafka(parts)}}}"


def _of_teams(parts: Parts) -> str:
    return f'namespace=~"{"|".join(parts.teams)}"'


def _of_kafka(parts: Parts) -> str:
    return f'namespace=~"{"|".join(parts.kafka)}"'
