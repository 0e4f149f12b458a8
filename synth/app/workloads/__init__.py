"""What an environment contains of our own, application by application."""

from __future__ import annotations

from collections.abc import Mapping

from synth.app.workload import Workload
from synth.app.workloads.dashboards import DASHBOARDS
from synth.app.workloads.monitoring import MONITORING
from synth.app.workloads.namespaces import NAMESPACES
from synth.app.workloads.observability import NOTIFICATIONS, OBSERVABILITY
from synth.app.workloads.platform import MLFLOW, TEAMS
from synth.app.workloads.retraining import EVENTS
from synth.app.workloads.serving import MODELS
from synth.app.workloads.streaming import KAFKA, STREAMS
from synth.app.workloads.telemetry import LOGS, TRACING
from synth.app.workloads.training import PIPELINES, WORKFLOWS

WORKLOADS: Mapping[str, Workload] = {
    "teams": TEAMS,
    "namespaces": NAMESPACES,
    "mlflow": MLFLOW,
    "models": MODELS,
    "pipelines": PIPELINES,
    "workflows": WORKFLOWS,
    "kafka": KAFKA,
    "streams": STREAMS,
    "observability": OBSERVABILITY,
    "logs": LOGS,
    "tracing": TRACING,
    "dashboards": DASHBOARDS,
    "notifications": NOTIFICATIONS,
    "events": EVENTS,
    "monitoring": MONITORING,
}
"""What runs in an environment beside Kubeflow, by the application's name."""
