"""NetworkPolicies: whom pods let in, and where they may go.

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


FROM_SAME_NAMESPACE: Body = {"podSelector": {}}
"""All pods of the policy's own namespace."""


def from_namespace(name: str) -> Body:
    """All pods of the namespace, by the label that Kubernetes gives it."""
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def from_pods(namespace: str, labels: Mapping[str, str]) -> Body:
    """The pods of the namespace with these labels."""
    return {**from_namespace(namespace), "podSelector": {"matchLabels": dict(labels)}}


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
    having: Iterable[str] = (),
    labels: Mapping[str, str] | None = None,
) -> Body:
    """A NetworkPolicy by which the pods with these labels, and `having` others whatever they say, all
    of the namespace where there are none, let in whom the rules name and nobody else.
    """
    selector: Body = {"matchLabels": dict(pods)} if pods else {}
    if keys := [*having]:
        selector["matchExpressions"] = [{"key": key, "operator": "Exists"} for key in keys]
    return manifest(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        name,
        namespace=namespace,
        labels=labels,
        spec={
            "podSelector": selector,
            "policyTypes": ["Ingress"],
            "ingress": [*rules],
        },
    )


def let_out(callees: Sequence[Body], ports: Sequence[Body] = ()) -> Body:
    """A rule: these may be connected to at these ports, at all where none is named."""
    return {"to": [*callees], **({"ports": [*ports]} if ports else {})}


def to_block(cidr: str) -> Body:
    """The addresses of a block, such as 10.0.0.0/8."""
    return {"ipBlock": {"cidr": cidr}}


def egress_policy(name: str, *, namespace: str, rules: Iterable[Body]) -> Body:
    """A NetworkPolicy by which all pods of the namespace connect to what the rules name and to nothing
    else.
    """
    return manifest(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        name,
        namespace=namespace,
        spec={"podSelector": {}, "policyTypes": ["Egress"], "egress": [*rules]},
    )
