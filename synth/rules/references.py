"""What rendered objects name, and nothing renders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from synth.kit.objects import Body, Resource
from synth.kit.references import Named, provided, references
from synth.rules.flaws import Flaw, Rendered

_OUTSIDE = frozenset(
    {"ClusterSecretStore", "Group", "Secret", "SecretStore", "StorageClass", "User"}
)
"""Kinds whose objects others make, and of which nobody here knows."""
_OF_KUBERNETES = frozenset(
    {
        Named("ClusterRole", "admin"),
        Named("ClusterRole", "cluster-admin"),
        Named("ClusterRole", "edit"),
        Named("ClusterRole", "view"),
        Named("PriorityClass", "system-cluster-critical"),
        Named("PriorityClass", "system-node-critical"),
    }
)
"""Source: kubernetes/kubernetes plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go,
pkg/apis/scheduling/types.go, v1.34.4."""
_IN_EVERY_NAMESPACE = frozenset(
    {
        Named("ConfigMap", "kube-root-ca.crt"),
        Named("ConfigMap", "istio-ca-root-cert"),
        Named("ServiceAccount", "default"),
    }
)
"""Source: kubernetes/kubernetes pkg/controller (certificates/rootcacertpublisher, serviceaccount),
v1.34.4; istio/istio security/pkg/k8s/controller, 1.17."""
_OF_PODS = frozenset({"DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet"})
_IN_PROFILES = frozenset(
    {Named("ServiceAccount", "default-editor"), Named("ServiceAccount", "default-viewer")}
)
"""Source: kubeflow/kubeflow components/profile-controller/controllers/profile_controller.go, v1.10.0."""


def check_references(rendered: Rendered) -> Iterator[Flaw]:
    """Objects that are named and are not there. What is optional may be missing; Secrets, stores and
    people come from elsewhere.
    """
    there = {Named(each.kind, each.name, each.namespace) for each in rendered.known}
    for resource in rendered.resources:
        there.update(provided(resource.body))
    profiles = {each.name for each in there if each.kind == "Profile"}
    for resource in rendered.resources:
        namespace = resource.body["metadata"].get("namespace", "")
        for named in _named(resource.body, namespace):
            if not _is_there(named, namespace, there, profiles):
                where = f"{named.namespace or namespace}/" if named.namespace or namespace else ""
                yield Flaw(
                    "RF001", resource,
                    f"names {named.kind} {where}{named.name}, which is not there: add it, or "
                    "correct the name",
                )  # fmt: skip


def _named(body: Body, namespace: str) -> Iterator[Named]:
    """What can be told of everything that an object names: of a cluster-scoped one nobody knows in
    which namespace its names will be looked for, a CRD's names are only examples, and what a PodDefault
    mounts people make themselves.
    """
    unknown = body["kind"] in ("CustomResourceDefinition", "PodDefault")
    for named in () if unknown else sorted(references(body)):
        somewhere = namespace or named.namespace or named.kind.startswith("Cluster")
        if somewhere and named.kind not in _OUTSIDE:
            yield named


def _is_there(named: Named, namespace: str, there: set[Named], profiles: set[str]) -> bool:
    bare = named._replace(namespace="")
    place = named.namespace or namespace
    return (
        not {bare, named, named._replace(namespace=place)}.isdisjoint(there)
        or bare in _OF_KUBERNETES
        or bare in _IN_EVERY_NAMESPACE
        or (place in profiles and bare in _IN_PROFILES)
        or named.name.startswith("system:")
    )


def check_services(rendered: Rendered) -> Iterator[Flaw]:
    """Services that select no pod, and ports of theirs that no pod has by this name.

    The pods of an operator are not rendered, but carry the name of what they are made for.
    """
    pods: dict[str, list[Body]] = defaultdict(list)
    names: dict[str, set[str]] = defaultdict(set)
    for resource in rendered.resources:
        namespace = resource.body["metadata"].get("namespace", "")
        if resource.body["kind"] in _OF_PODS:
            pods[namespace].append(resource.body["spec"]["template"])
    for each in rendered.known:
        if "." in each.group:
            names[each.namespace].add(each.name)
    for resource in rendered.resources:
        body = resource.body
        if (body["apiVersion"], body["kind"]) != ("v1", "Service"):
            continue
        if selector := body["spec"].get("selector"):
            namespace = body["metadata"].get("namespace", "")
            selected = [each for each in pods[namespace] if selector.items() <= _labels(each)]
            if selected:
                yield from _ports(resource, selected)
            elif not _made_for(selector, names[namespace]):
                labels = ", ".join(f"{key}={value}" for key, value in sorted(selector.items()))
                yield Flaw(
                    "RF002", resource,
                    f"selects no pod ({labels}): correct the labels, here or of the pods",
                )  # fmt: skip


def _labels(pod: Body) -> Any:
    return (pod.get("metadata", {}).get("labels") or {}).items()


def _made_for(selector: Mapping[str, str], names: set[str]) -> bool:
    return any(name in value for value in selector.values() for name in names)


def _ports(service: Resource, pods: Sequence[Body]) -> Iterator[Flaw]:
    there = {
        port["name"]
        for pod in pods
        for key in ("containers", "initContainers")
        for container in pod["spec"].get(key) or ()
        for port in container.get("ports") or ()
        if "name" in port
    }
    for port in service.body["spec"].get("ports") or ():
        target = port.get("targetPort")
        if isinstance(target, str) and target not in there:
            yield Flaw(
                "RF003", service,
                f"sends port {port['port']} to {target!r}, which is no port of its pods (there: "
                f"{', '.join(sorted(there)) or 'none with a name'}): correct the name",
            )  # fmt: skip
