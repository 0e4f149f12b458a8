"""The program that takes the events: a Knative Service that only the cluster can reach.

Source: knative/serving pkg/apis/serving (register.go, k8s_validation.go, v1/revision_defaults.go),
pkg/reconciler/revision/resources/queue.go at 1.10 and 1.21, and its CRD.
"""

from __future__ import annotations

from collections.abc import Callable

from synth.config.streaming import Processor, Stream
from synth.domains.streaming.connection import connection
from synth.kit.containers import NO_PRIVILEGES, variables
from synth.kit.durations import seconds
from synth.kit.labels import app_labels
from synth.kit.names import LABEL_LENGTH, bounded
from synth.kit.objects import Body, manifest

API_VERSION = "serving.knative.dev/v1"
CALLERS = (
    "cluster.local/ns/istio-system/sa/cluster-local-gateway-service-account",
    "cluster.local/ns/knative-serving/sa/activator",
    "cluster.local/ns/knative-serving/sa/controller",
)
"""Who hands requests to a revision's pods: Kubeflow's cluster-local gateway, and Knative's
activator, which has the controller's account up to Knative 1.10 (kubeflow/manifests
common/istio*/cluster-local-gateway, common/knative/knative-serving, 1.8.1 to 26.03)."""

_QUEUE_PROXY = {
    "resource-percentage": "25",  # of the program's; all that Knative 1.10 knows
    "cpu-resource-request": "25m",
    "cpu-resource-limit": "500m",
    "memory-resource-request": "64Mi",
    "memory-resource-limit": "256Mi",
}
"""What Knative's own container in the pod gets: by default it has no memory request, and a quota
refuses a pod with a container without one."""


def reference(stream: Stream) -> Body:
    """The Knative Service, as another object refers to it."""
    return {
        "apiVersion": API_VERSION,
        "kind": "Service",
        "name": service_name(stream),
        "namespace": stream.team,
    }


def processor(stream: Stream, servers: list[str], mirror: Callable[[str], str]) -> list[Body]:
    """The Knative Service, the account of its pods, and who may call them; `servers` are addresses
    of the brokers.
    """
    name, namespace = service_name(stream), stream.team
    return [
        manifest(
            "v1",
            "ServiceAccount",
            name,
            namespace=namespace,
            automountServiceAccountToken=False,
        ),
        manifest(
            API_VERSION,
            "Service",
            name,
            namespace=namespace,
            labels={"networking.knative.dev/visibility": "cluster-local"},
            spec={
                "template": _revision(name, stream.processor, _variables(stream, servers), mirror)
            },
        ),
        _callers_policy(name, namespace),
    ]


def service_name(stream: Stream) -> str:
    """What the Knative Service and what belongs to it are called."""
    return bounded(f"{stream.name}-processor", LABEL_LENGTH)


def _variables(stream: Stream, servers: list[str]) -> list[Body]:
    """What the program is told; one that hands something on also how to reach Kafka."""
    wanted = stream.processor
    return [
        *variables(wanted.env, wanted.secret_env),
        *(connection(stream, servers) if stream.output else ()),
    ]


def _revision(name: str, wanted: Processor, env: list[Body], mirror: Callable[[str], str]) -> Body:
    return {
        "metadata": {
            "labels": app_labels(name),
            "annotations": {
                "autoscaling.knative.dev/min-scale": str(wanted.min_scale),
                "autoscaling.knative.dev/max-scale": str(wanted.max_scale),
                **{
                    f"queue.sidecar.serving.knative.dev/{key}": value
                    for key, value in _QUEUE_PROXY.items()
                },
            },
        },
        "spec": {
            "serviceAccountName": name,
            "containerConcurrency": wanted.concurrency,
            "timeoutSeconds": seconds(wanted.timeout),
            "containers": [_container(wanted, env, mirror)],
        },
    }


def _container(wanted: Processor, env: list[Body], mirror: Callable[[str], str]) -> Body:
    resources = wanted.resources.model_dump(exclude_defaults=True)
    return {
        # Name, protocol, probe port and threshold are what Knative would fill in; a list is
        # compared as a whole, so that Argo CD would see drift.
        "name": "user-container",
        "image": mirror(wanted.image),
        "ports": [{"containerPort": wanted.port, "protocol": "TCP"}],
        **({"env": env} if env else {}),
        "readinessProbe": {
            "httpGet": {"path": wanted.health_path, "port": wanted.port},
            "successThreshold": 1,
        },
        **({"resources": resources} if resources else {}),
        "securityContext": {
            **NO_PRIVILEGES,
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }


def _callers_policy(name: str, namespace: str) -> Body:
    """Requests that Knative routes; Kubeflow denies what no policy allows (global-deny-all)."""
    return manifest(
        "security.istio.io/v1beta1",
        "AuthorizationPolicy",
        name,
        namespace=namespace,
        spec={
            "action": "ALLOW",
            "selector": {"matchLabels": {"serving.knative.dev/service": name}},
            "rules": [{"from": [{"source": {"principals": list(CALLERS)}}]}],
        },
    )
