"""Logs and traces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synth.app.workload import Inputs, Workload
from synth.catalog.images import mirror_to
from synth.config.addons import Eck
from synth.config.environment import Environment
from synth.config.logs import Logs
from synth.config.tracing import Jaeger

if TYPE_CHECKING:
    from cdk8s import Chart


def _log_inputs(environment: Environment) -> Inputs:
    observability, eck = environment.observability, environment.addons.eck
    if not (observability and observability.logs):
        return {}
    return {"logs": observability.logs, "operator": (eck or Eck()).namespace}


def _logs(chart: Chart, *, logs: Logs, operator: str) -> None:
    from synth.domains.logs import LogStack

    LogStack(chart, logs, operator=operator)


LOGS = Workload(
    10,
    _log_inputs,
    _logs,
    frozenset(
        {
            "Beat.beat.k8s.elastic.co",
            "ClusterRole.rbac.authorization.k8s.io",
            "ClusterRoleBinding.rbac.authorization.k8s.io",
            "ConfigMap",
            "Elasticsearch.elasticsearch.k8s.elastic.co",
            "Kibana.kibana.k8s.elastic.co",
            "Namespace",
            "NetworkPolicy.networking.k8s.io",
            "Service",
            "ServiceAccount",
        }
    ),
)


def _tracing_inputs(environment: Environment) -> Inputs:
    observability = environment.observability
    if not (observability and observability.tracing and observability.tracing.jaeger):
        return {}
    return {
        "jaeger": observability.tracing.jaeger,
        "namespace": observability.jaeger_namespace,
        "port": observability.tracing.agent_port,
        "logs": observability.logs,
        "monitoring": observability.prometheus.namespace,
        "registry": environment.registry,
    }


def _tracing(
    chart: Chart,
    *,
    jaeger: Jaeger,
    namespace: str,
    port: int,
    logs: Logs | None,
    monitoring: str,
    registry: str | None,
) -> None:
    from synth.domains.logs import connection
    from synth.domains.tracing import TraceStore

    elasticsearch = connection(logs) if logs and jaeger.storage == "elasticsearch" else None
    TraceStore(
        chart,
        jaeger,
        namespace=namespace,
        port=port,
        elasticsearch=elasticsearch,
        monitoring=monitoring,
        mirror=mirror_to(registry),
    )


TRACING = Workload(
    11,
    _tracing_inputs,
    _tracing,
    frozenset(
        {
            "CronJob.batch",
            "Namespace",
            "NetworkPolicy.networking.k8s.io",
            "OpenTelemetryCollector.opentelemetry.io",
            "Service",
        }
    ),
)
