"""Which Pod Security level each namespace has, and the pods that it would refuse.

Source: kubeflow/manifests apps or applications/profiles (namespace-labels.yaml) and common/istio*,
1.8.0 to 26.03.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from synth.catalog.kubeflow import load_release
from synth.config.environment import Environment
from synth.kit.objects import Body, identity
from synth.kit.versions import minor
from synth.rules.flaws import Flaw, Rendered
from synth.rules.pod_security.evaluation import Level, violations
from synth.rules.pod_security.kinds import CLUSTER_WIDE
from synth.rules.pod_security.sidecar import Sidecar

_LEVELS, _SECCOMP = (1, 10), (1, 11)
"""The releases of Kubeflow from which on Profiles are baseline, and Istio's sidecars have a seccomp
profile."""
_ENFORCE = "pod-security.kubernetes.io/enforce"


@dataclass(frozen=True, slots=True)
class Namespace:
    """What admission does to the pods of a namespace: the level and version that it enforces, empty
    for the cluster's own, and whether Istio's sidecar is injected.
    """

    level: Level = "privileged"
    version: str = ""
    meshed: bool = False


def check_pod_security(environment: Environment, rendered: Rendered) -> Iterator[Flaw]:
    """Objects whose pods the API server would refuse in the namespace that they are in."""
    kubeflow = environment.kubeflow
    release = minor(kubeflow.release) if kubeflow else (0, 0)
    plugin = kubeflow is not None and load_release(kubeflow.release).istio_plugin
    sidecar = Sidecar(plugin=plugin, seccomp=release >= _SECCOMP)
    namespaces = levels(rendered, "baseline" if release >= _LEVELS else "privileged")
    for resource in rendered.resources:
        if identity(resource.body).group_kind in CLUSTER_WIDE:
            continue
        namespace = resource.body["metadata"].get("namespace", "")
        its = namespaces.get(namespace, Namespace())
        found = violations(
            resource.body,
            its.level,
            its.version or environment.cluster.kubernetes,
            sidecar if its.meshed else None,
        )
        said = list(dict.fromkeys(each.message for each in found))
        if said:
            yield Flaw(
                "PS001", resource,
                f"makes pods that namespace {namespace} refuses, which is {its.level}: "
                f"{', '.join(said)}; take that out, or use another namespace",
            )  # fmt: skip


def levels(rendered: Rendered, of_profiles: Level) -> dict[str, Namespace]:
    """What is known of each namespace: of those that are rendered, of those that Argo CD makes for a
    chart, and of those that Profiles are.
    """
    found = {
        each.name: Namespace(of_profiles, meshed=True)
        for each in rendered.known
        if each.group_kind == "Profile.kubeflow.org"
    }
    for resource in rendered.resources:
        body = resource.body
        match identity(body).group_kind:
            case "Namespace":
                found[body["metadata"]["name"]] = _labelled(body["metadata"].get("labels") or {})
            case "Application.argoproj.io":
                found.update(_made_by_argo_cd(body))
    return found


def _made_by_argo_cd(application: Body) -> Iterator[tuple[str, Namespace]]:
    spec: Mapping[str, Any] = application["spec"]
    managed = spec.get("syncPolicy", {}).get("managedNamespaceMetadata", {})
    if "labels" in managed:
        yield spec["destination"]["namespace"], _labelled(managed["labels"])


def _labelled(labels: Mapping[str, str]) -> Namespace:
    version = labels.get(f"{_ENFORCE}-version", "latest").removeprefix("v")
    return Namespace(
        cast("Level", labels.get(_ENFORCE, "privileged")),
        "" if version == "latest" else version,
        labels.get("istio-injection") == "enabled",
    )
