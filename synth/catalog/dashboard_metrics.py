"""The metrics that only dashboards show, by their real names, and where they come from."""

from __future__ import annotations

from collections.abc import Mapping

from synth.kit.versions import minor

RENAMED = (3, 6)
"""From here on Argo Workflows' gauges are called gauges (docs/upgrading.md, v3.7.3)."""

_CADVISOR = "google/cadvisor metrics/prometheus.go@v0.47.2"
_KUBE_STATE_METRICS = "kubernetes/kube-state-metrics internal/store"
_ARGO_3_3 = "argoproj/argo-workflows workflow/metrics/util.go@v3.3.10"
_ARGO_3_7 = "argoproj/argo-workflows util/telemetry/metrics_list.go@v3.7.3"
_ARGO_EVENTS = "argoproj/argo-events pkg/metrics/metrics.go@v1.9.10"
_PIPELINES = "kubeflow/pipelines backend/src/apiserver/resource/resource_manager.go@2.0.5"
_KAFKA_EXPORTER = "danielqsj/kafka_exporter README.md@v1.10.0"
_MLFLOW = "mlflow/mlflow mlflow/server/prometheus_exporter.py@v3.17.2"
_PROCESSOR = "images/processor/processor/metrics.py"

KNOWN: Mapping[str, str] = {
    "container_cpu_cfs_periods_total": _CADVISOR,
    "container_cpu_cfs_throttled_periods_total": _CADVISOR,
    "container_cpu_usage_seconds_total": _CADVISOR,
    "container_memory_working_set_bytes": _CADVISOR,
    "kube_deployment_spec_replicas": f"{_KUBE_STATE_METRICS}/deployment.go@v2.13.0",
    "kube_deployment_status_replicas_available": f"{_KUBE_STATE_METRICS}/deployment.go@v2.13.0",
    "kube_pod_container_resource_limits": f"{_KUBE_STATE_METRICS}/pod.go@v2.13.0",
    "kube_pod_container_resource_requests": f"{_KUBE_STATE_METRICS}/pod.go@v2.13.0",
    "kube_pod_container_status_restarts_total": f"{_KUBE_STATE_METRICS}/pod.go@v2.13.0",
    "kube_pod_owner": f"{_KUBE_STATE_METRICS}/pod.go@v2.13.0",
    "kube_pod_status_phase": f"{_KUBE_STATE_METRICS}/pod.go@v2.13.0",
    "argo_workflows_count": _ARGO_3_3,
    "argo_workflows_gauge": _ARGO_3_7,
    "argo_events_action_failed_total": _ARGO_EVENTS,
    "argo_events_action_triggered_total": _ARGO_EVENTS,
    "argo_events_events_processing_failed_total": _ARGO_EVENTS,
    "argo_events_events_sent_total": _ARGO_EVENTS,
    "resource_manager_workflow_runs_success": _PIPELINES,
    "kafka_brokers": _KAFKA_EXPORTER,
    "kafka_topic_partition_current_offset": _KAFKA_EXPORTER,
    "kafka_topic_partition_under_replicated_partition": _KAFKA_EXPORTER,
    "mlflow_http_request_duration_seconds_bucket": _MLFLOW,
    "mlflow_http_request_total": _MLFLOW,
    "processor_event_seconds_bucket": _PROCESSOR,
    "processor_event_seconds_sum": _PROCESSOR,
    "processor_events_dropped_total": _PROCESSOR,
    "processor_events_failed_total": _PROCESSOR,
    "processor_events_handed_on_total": _PROCESSOR,
    "processor_events_received_total": _PROCESSOR,
}
"""Every metric that a dashboard may ask for beside those that rules ask for (platform_metrics.py), with
the file that defines it."""


def workflows_by_status(argo: str) -> str:
    """The gauge of how many workflows Argo's controller of this version knows, by `status`."""
    return "argo_workflows_gauge" if minor(argo) >= RENAMED else "argo_workflows_count"
