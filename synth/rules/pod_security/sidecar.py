"""Istio's sidecar in a pod, which admission judges with the pod."""

from __future__ import annotations

from dataclasses import dataclass, replace

from synth.kit.objects import Body
from synth.rules.pod_security.templates import PodTemplate


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What Istio adds to a pod.

    `plugin`: a CNI plugin on the node brings the pod's traffic to the proxy, as Kubeflow has it since
    1.10, and not a container of the pod, which needs NET_ADMIN. `seccomp`: the containers say
    RuntimeDefault, as Kubeflow's values have it since 1.11 (common/istio/istio-install/base/patches/
    istio-sidecar-injector-patch.yaml).
    """

    plugin: bool
    seccomp: bool = False


# istio/istio manifests/charts/istio-control/istio-discovery/files/injection-template.yaml, 1.16 to
# 1.29, with the values of kubeflow/manifests: proxies are not privileged and redirect.
_UNPRIVILEGED: Body = {"allowPrivilegeEscalation": False, "privileged": False}
_AS_PROXY: Body = {
    **_UNPRIVILEGED,
    "capabilities": {"drop": ["ALL"]},
    "runAsUser": 1337,
    "runAsNonRoot": True,
}
_AS_ROOT: Body = {
    **_UNPRIVILEGED,
    "capabilities": {"add": ["NET_ADMIN", "NET_RAW"], "drop": ["ALL"]},
    "runAsUser": 0,
    "runAsNonRoot": False,
}
_INJECT = "sidecar.istio.io/inject"


def injected(pod: PodTemplate, sidecar: Sidecar | None) -> PodTemplate:
    """A pod as Istio's webhook leaves it: as it was on the node's network, or where it asks not to
    be touched.
    """
    said = {**(pod.metadata.get("annotations") or {}), **(pod.metadata.get("labels") or {})}
    if sidecar is None or said.get(_INJECT) == "false" or pod.spec.get("hostNetwork"):
        return pod
    first = ("istio-validation", _AS_PROXY) if sidecar.plugin else ("istio-init", _AS_ROOT)
    added = {"initContainers": first, "containers": ("istio-proxy", _AS_PROXY)}
    profile = {"seccompProfile": {"type": "RuntimeDefault"}} if sidecar.seccomp else {}
    spec = {
        key: [
            *(pod.spec.get(key) or ()),
            {"name": name, "securityContext": {**security, **profile}},
        ]
        for key, (name, security) in added.items()
    }
    return replace(pod, spec={**pod.spec, **spec})
