"""NetworkPolicies: whom pods let in.

Source: kubernetes/api networking/v1/types.go; kubeflow/kubeflow components/profile-controller
(the labels of a team's namespace).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from synth.kit.objects import Body, manifest

FROM_TEAMS: Body = {
    "namespaceSelector": {"matchLabels": {"app.kubernetes.io/part-of": "kubeflow-profile"}}
}
"""All pods of the teams' namespaces, which Kubeflow's profile controller gives this label."""


def from_namespace(name: str) -> Body:
    """All pods of the namespace, by the label that Kubernetes gives it."""
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def port(number: int | str, protocol: str = "TCP") -> Body:
    """A port by its number, or by what its container calls it."""
    return {"protocol": protocol, "port": number}


def let_in(callers: Sequence[Body], ports: Sequence[Body] = ()) -> Body:
    """A rule: these may connect to these ports, to all where none is named."""
    return {"from": [*callers], **({"ports": [*ports]} if ports else {})}


def ingress_policy(
    name: str,
    *,
    namespace: str,
    pods: Mapping[str, str],
    rules: Iterable[Body],
    labels: Mapping[str, str] | None = None,
) -> Body:
    """A NetworkPolicy by which the pods with these labels, all of the namespace where there are none,
    let in whom the rules name and nobody else.
    """
    return manifest(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        name,
        namespace=namespace,
        labels=labels,
        spec={
            "podSelector": {"matchLabels": dict(pods)} if pods else {},
            "policyTypes": ["Ingress"],
            "ingress": [*rules],
        },
    )
