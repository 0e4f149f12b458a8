"""The containers that controllers and webhooks add to a pod of a team's namespace, and what they ask
for: a quota counts them with the rest.
"""

from __future__ import annotations

from collections.abc import Mapping

from synth.kit.objects import Body

Resources = Mapping[str, Mapping[str, str]]
"""`requests` and `limits` of a container, quantities by resource."""

_ISTIO_LIMITS = {"cpu": "2", "memory": "1Gi"}
_ISTIO_REQUESTS = {"cpu": "100m", "memory": "128Mi"}
_ISTIO_SMALL = {"cpu": "10m", "memory": "40Mi"}
"""What Kubeflow itself makes of it (common/istio/istio-install/base/patches)."""
_SMALL_PROXIES = {"1.11", "26.03"}
_NATIVE_SIDECARS = {"1.10", "1.11", "26.03"}


def istio_proxy(release: str) -> Body:
    """The proxy that a Kubeflow release's mesh adds to a pod, as a container; from 1.10 on it is an
    init container that goes on running (ENABLE_NATIVE_SIDECARS). The other init container of the
    mesh asks for no more than the proxy does, and so never counts.

    Source: kubeflow/manifests common/istio*/istio-install, ConfigMap istio-sidecar-injector
    (`values`, global.proxy.resources) and Deployment istiod.
    """
    native = {"restartPolicy": "Always"} if release in _NATIVE_SIDECARS else {}
    requests = _ISTIO_SMALL if release in _SMALL_PROXIES else _ISTIO_REQUESTS
    resources = {"requests": requests, "limits": _ISTIO_LIMITS}
    return {"name": "istio-proxy", **native, "resources": resources}


SELDON_EXECUTOR: Resources = {
    "requests": {"cpu": "500m", "memory": "512Mi"},
    "limits": {"cpu": "500m", "memory": "512Mi"},
}
"""Of Seldon's executor, where a predictor says nothing of it (EXECUTOR_DEFAULT_*, kubeflow/manifests
contrib/seldon/seldon-core-operator/base/resources.yaml, 1.8.1 and 1.9.1)."""
STORAGE_INITIALIZER: Resources = {
    "requests": {"cpu": "100m", "memory": "100Mi"},
    "limits": {"cpu": "1", "memory": "1Gi"},
}
"""Of the init container that fetches a model: Seldon's (SeldonIO/seldon-core
operator/config/manager/configmap.yaml) and KServe's (kubeflow/manifests */kserve/kserve, ConfigMap
inferenceservice-config, 1.8.1 to 26.03)."""
KSERVE_AGENT: Resources = STORAGE_INITIALIZER
"""Of the agent, which logs requests for KServe (`logger` of that ConfigMap)."""

QUEUE_PROXY: Resources = {"requests": {"cpu": "25m"}}
"""Of Knative's own container in every pod, where neither annotations nor config-deployment say
anything, as in every Kubeflow release (knative/serving pkg/deployment/config.go)."""
QUEUE_PROXY_BOUNDS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("requests", "cpu"): ("25m", "100m"),
    ("limits", "cpu"): ("40m", "500m"),
    ("requests", "memory"): ("50Mi", "200Mi"),
    ("limits", "memory"): ("200Mi", "500Mi"),
}
"""What its share of the program's resources (queue.sidecar.serving.knative.dev/resource-percentage)
is kept within (knative/serving pkg/reconciler/revision/resources/resourceboundary.go)."""

PIPELINE_DRIVER: Resources = {
    "requests": {"cpu": "100m", "memory": "64Mi"},
    "limits": {"cpu": "500m", "memory": "512Mi"},
}
"""Of the pod that goes before each task of a pipeline (driverResources, kubeflow/pipelines
backend/src/v2/compiler/argocompiler/dag.go)."""
PIPELINE_LAUNCHER: Resources = {
    "requests": {"cpu": "100m"},
    "limits": {"cpu": "500m", "memory": "128Mi"},
}
"""Of the init container of each task's own pod (launcherResources, same place)."""
