"""Istio's sidecar in a pod, which admission judges with the pod."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from synth.kit.objects import Body
from synth.rules.pod_security.templates import PodTemplate

Sidecar = Literal["istio-init", "istio-cni"]
"""How a pod's traffic comes to its sidecar: by a container of the pod, which needs NET_ADMIN, or by a
CNI plugin on the node, which Kubeflow ships since 1.10.
"""

# istio/istio manifests/charts/istio-control/istio-discovery/files/injection-template.yaml, 1.16 to
# 1.29, with the values of kubeflow/manifests: proxies are not privileged and redirect.
_UNPRIVILEGED: Body = {"allowPrivilegeEscalation": False, "privileged": False}
_AS_PROXY: Body = {
    **_UNPRIVILEGED,
    "capabilities": {"drop": ["ALL"]},
    "runAsUser": 1337,
    "runAsNonRoot": True,
}
_INIT: Mapping[Sidecar, Body] = {
    "istio-init": {
        "name": "istio-init",
        "securityContext": {
            **_UNPRIVILEGED,
            "capabilities": {"add": ["NET_ADMIN", "NET_RAW"], "drop": ["ALL"]},
            "runAsUser": 0,
            "runAsNonRoot": False,
        },
    },
    "istio-cni": {"name": "istio-validation", "securityContext": _AS_PROXY},
}
_INJECT = "sidecar.istio.io/inject"


def injected(pod: PodTemplate, sidecar: Sidecar | None) -> PodTemplate:
    """A pod as Istio's webhook leaves it: as it was on the node's network, or where it asks not to
    be touched.
    """
    said = {**(pod.metadata.get("annotations") or {}), **(pod.metadata.get("labels") or {})}
    if sidecar is None or said.get(_INJECT) == "false" or pod.spec.get("hostNetwork"):
        return pod
    proxy = {"name": "istio-proxy", "securityContext": _AS_PROXY}
    added = {"initContainers": _INIT[sidecar], "containers": proxy}
    spec = {key: [*(pod.spec.get(key) or ()), each] for key, each in added.items()}
    return replace(pod, spec={**pod.spec, **spec})
