"""The metrics that model servers show, by their real names, and those that evaluation pushes.

No server knows how often a model is right: images/evaluation measures it, and a test holds its
names to these. Source of PUSHED: prometheus/pushgateway README.md (About timestamps).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Requests:
    """The histogram of the requests that a model's pods answered; every series has a namespace.

    `metric` is its name without _bucket or _count, in units of which `per_second` make a second.
    The label `model` has the model's name, `version` its version and `variant`, where it has one,
    the variant's name. The others are matchers: of predictions, of those that failed, be it the
    model's fault or that of what it was sent, and of those that failed by the server's own fault.
    """

    metric: str
    per_second: int
    model: str
    variant: str | None
    version: str
    predictions: str
    failed: str
    faulty: str

    def seconds(self, value: str) -> str:
        """An expression that is in the metric's unit, in seconds."""
        return value if self.per_second == 1 else f"{value} / {self.per_second}"


SELDON_REST = Requests(
    metric="seldon_api_executor_server_requests_seconds",
    per_second=1,
    model="deployment_name",
    variant="predictor_name",
    version="predictor_version",
    predictions='service="predictions"',
    failed='code!~"2.."',
    faulty='code=~"5.."',
)
"""What Seldon's executor answered; it also counts feedback, status and metadata.

Source: SeldonIO/seldon-core executor/api/metric (constants.go, server.go), 1.17.1.
"""
SELDON_GRPC = Requests(
    metric=SELDON_REST.metric,
    per_second=1,
    model=SELDON_REST.model,
    variant=SELDON_REST.variant,
    version=SELDON_REST.version,
    predictions='service=~".+/(Classify|ModelInfer|MultiInference|Predict|Regress)"',
    failed='code!="OK"',
    faulty='code=~"DataLoss|DeadlineExceeded|Internal|Unavailable|Unimplemented|Unknown"',
)
"""The same by gRPC, where the service is a full method's name and the code a status's.

Source: the same, and executor/api/grpc (kfserving, seldon, tensorflow).
"""
KSERVE = Requests(
    metric="istio_request_duration_milliseconds",
    per_second=1000,
    model="model",
    variant=None,
    version="version",
    predictions='reporter="destination", '
    'source_workload=~"activator|cluster-local-gateway|istio-ingressgateway"',
    failed='response_code!~"2.."',
    faulty='response_code=~"5.."',
)
"""What the sidecar of a Knative pod answered to whoever brings requests: Knative's autoscaler, which
asks for numbers every second, is none of them. `model` and `version` are what the PodMonitor makes
of the pod (synth/domains/observability/metrics.py).

Knative's own revision_request_latencies are gone from 1.19 on, and what took their place is off
in Kubeflow; Istio's are the same from 1.16 to 1.28 and on.

Source: istio/proxy source/extensions/filters/http/istio_stats/istio_stats.cc; kubeflow/manifests
common/istio*, common/knative/knative-serving (the names of workloads), 1.8.0 to 26.03.
"""


def requests(engine: str, transport: Literal["rest", "grpc"]) -> Requests:
    """What a model that this engine (`seldon`, `kserve`) serves is measured by."""
    if engine == "kserve":
        return KSERVE
    return SELDON_GRPC if transport == "grpc" else SELDON_REST


ACCURACY = "model_accuracy_ratio"
"""The gauge of the share of predictions that feedback confirmed; labels namespace, model,
version."""
JUDGED = "model_judged_predictions"
"""The gauge of the predictions that ACCURACY is taken over; the same labels."""
ACCURACY_JOB = "model-accuracy"
DRIFT = "model_input_drift_psi"
"""The gauge of the population stability index between the training data and what was asked lately;
labels namespace, model."""
DRIFT_INPUTS = "model_input_drift_inputs"
"""The gauge of the inputs that DRIFT is taken over; the same labels."""
DRIFT_JOB = "model-input-drift"
PUSHED = "push_time_seconds"
"""The Pushgateway's own gauge of when a group was pushed last; its labels are job and the group's."""
