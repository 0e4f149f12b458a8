"""The metrics of what the platform consists of, by their real names, and where they come from."""

from __future__ import annotations

from collections.abc import Mapping

UP = "up"
"""Prometheus' own: whether it could read a target; labels job, namespace."""
WORKFLOW_SUCCEEDED = "workflow_succeeded_created_seconds"
"""The gauge that a run of a CronWorkflow leaves with Argo's controller when it succeeds: when the run
was created, in seconds since 1970; labels team, workflow. Argo puts CUSTOM before its name."""
CUSTOM = "argo_workflows_"
"""What the name of every metric of a workflow begins with, the same before and after 3.6."""
JOB_FAILED = "kube_job_failed"
"""Whether a Job has failed for good; labels namespace, job_name, condition."""
QUOTA = "kube_resourcequota"
"""A resource of a quota; labels namespace, resourcequota, resource, type (hard, used)."""
RUNS_FAILED = "resource_manager_workflow_runs_failed"
"""A gauge of each run of Kubeflow Pipelines that failed since its API server started, which begins at
1: a counter of it has no increase; labels profile, workflow (the run's own)."""
CONSUMER_LAG = "kafka_consumergroup_lag"
"""Records that a consumer group has not read yet; labels consumergroup, topic, partition."""
PUT_ASIDE = "processor_events_put_aside_total"
"""Events that a stream's processor could not read (images/processor, and whatever stands in for it)."""
CERTIFICATE_EXPIRES = "certmanager_certificate_expiration_timestamp_seconds"
"""When a Certificate expires, 0 where there is none yet; labels namespace, name."""
CERTIFICATE_RENEWED = "certmanager_certificate_renewal_timestamp_seconds"
"""When it should be renewed; the same labels."""
CERTIFICATE_READY = "certmanager_certificate_ready_status"
"""1 for the condition that it is in; the same labels, and condition (True, False, Unknown)."""
ARGO_EVENTS_PORT = 7777
"""Where the pods of EventSources and Sensors show their metrics, a port that they call `metrics`."""
APPLICATION = "argocd_app_info"
"""1 for each Application of Argo CD; labels name, project, sync_status, health_status."""

_SELDON = "SeldonIO/seldon-core executor/api/metric/constants.go@v1.17.1"
_KUBE_STATE_METRICS = "kubernetes/kube-state-metrics internal/store"
_CERT_MANAGER = "cert-manager/cert-manager pkg/metrics/metrics.go@v1.12.2"
_ISTIO = "istio/proxy source/extensions/filters/http/istio_stats/istio_stats.cc@1.17.3"
_EVALUATION = "images/evaluation/evaluation/push.py"

KNOWN: Mapping[str, str] = {
    UP: "prometheus/docs content/docs/concepts/jobs_instances.md",
    CUSTOM + WORKFLOW_SUCCEEDED: "synth/domains/workflows/workflow.py; the prefix: "
    "argoproj/argo-workflows workflow/metrics/util.go@v3.3.10, workflow/controller/controller.go@v3.7.3",
    JOB_FAILED: f"{_KUBE_STATE_METRICS}/job.go@v2.8.2",
    QUOTA: f"{_KUBE_STATE_METRICS}/resourcequota.go@v2.8.2",
    RUNS_FAILED: "kubeflow/pipelines backend/src/apiserver/resource/resource_manager.go@2.0.5",
    CONSUMER_LAG: "danielqsj/kafka_exporter README.md@v1.10.0",
    PUT_ASIDE: "images/processor/processor/metrics.py",
    CERTIFICATE_EXPIRES: _CERT_MANAGER,
    CERTIFICATE_RENEWED: _CERT_MANAGER,
    CERTIFICATE_READY: _CERT_MANAGER,
    APPLICATION: "argoproj/argo-cd controller/metrics/metrics.go@v3.2.6",
    "seldon_api_executor_server_requests_seconds_bucket": _SELDON,
    "seldon_api_executor_server_requests_seconds_count": _SELDON,
    "istio_request_duration_milliseconds_bucket": _ISTIO,
    "istio_request_duration_milliseconds_count": _ISTIO,
    "model_accuracy_ratio": _EVALUATION,
    "model_judged_predictions": _EVALUATION,
    "model_input_drift_psi": _EVALUATION,
    "model_input_drift_inputs": _EVALUATION,
    "push_time_seconds": "prometheus/pushgateway README.md@v1.11.1",
}
"""Every metric that a rule may ask for, with the file that defines it."""
