"""Whom the pods of an isolated team let in: one another, and where they have to, others. Where they may
connect to, if the environment says it: that is `egress`.

Kubelet's probes need no rule: a node always reaches its own pods, by Istio's ports 15020 and 15021 too.
What the mesh forbids stays forbidden: a NetworkPolicy opens a port, and an AuthorizationPolicy says who
may ask for what there.

Source: kubernetes/api networking/v1/types.go; labels and ports of pods: kubeflow/manifests 1.8.0 to
26.03 (common/istio*, common/knative, apps or applications/{pipeline,katib,jupyter,volumes-web-app});
knative/serving pkg/networking/constants.go; kubeflow/kubeflow components/notebook-controller and
components/tensorboard-controller (controllers, pkg/culler), v1.8.0; kubeflow/katib
pkg/controller.v1beta1/consts/const.go and suggestion/composer; kubeflow/pipelines
manifests/kustomize/base/installs/multi-user/pipelines-profile-controller/sync.py; istio/istio
manifests/charts/istio-control/istio-discovery/files/injection-template.yaml.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from synth.config.platform import Team
from synth.config.teams import Destination, Egress
from synth.kit.network import (
    FROM_SAME_NAMESPACE,
    egress_policy,
    from_namespace,
    from_pods,
    ingress_policy,
    let_in,
    let_out,
    port,
    to_block,
)
from synth.kit.objects import Body

GATEWAY = from_pods("istio-system", {"app": "istio-ingressgateway"})
"""What people and clients outside the cluster come through."""
CLUSTER_GATEWAY = from_pods("istio-system", {"app": "cluster-local-gateway"})
"""What a Knative Service is called through within the cluster: Knative's Kafka source calls a stream's
processor through it, and has no way to the pods of its own."""
_ACTIVATOR = from_pods("knative-serving", {"app": "activator"})
_AUTOSCALER = from_pods("knative-serving", {"app": "autoscaler"})


@dataclass(frozen=True, slots=True)
class Opening:
    """A NetworkPolicy called `name`: pods with these labels, `having` others whatever they say, all of
    the namespace where there are none, let each of the callers in at its ports.
    """

    name: str
    rules: Sequence[tuple[Sequence[Body], Sequence[int]]]
    pods: Mapping[str, str] = field(default_factory=dict)
    having: Sequence[str] = ()


KNATIVE = Opening(
    "knative",
    (
        # HTTP/1 and HTTP/2 of the queue-proxy; what of it the autoscaler counts requests by.
        ((GATEWAY, CLUSTER_GATEWAY, _ACTIVATOR), (8012, 8013)),
        ((_AUTOSCALER,), (9090,)),
    ),
    having=("serving.knative.dev/service",),
)
"""Requests to KServe's models and to streams' processors."""


def served(ports: Sequence[int], pods: Mapping[str, str]) -> Opening:
    """Requests to models that Seldon serves, by the labels of their pods."""
    return Opening("models", (((GATEWAY,), ports),), pods=pods)


def scraped(
    name: str, monitoring: str, ports: Sequence[int], pods: Mapping[str, str] | None = None
) -> Opening:
    """Metrics, which Prometheus reads from the namespace `monitoring`."""
    return Opening(f"metrics-{name}", (((from_namespace(monitoring),), ports),), pods=pods or {})


def sidecars(monitoring: str) -> Opening:
    """Metrics of Istio's sidecars, merged with those of their pods and of Envoy alone."""
    return scraped("istio", monitoring, (15020, 15090))


_OF_COMPONENTS: Mapping[str, Sequence[Opening]] = {
    "notebook-controller": (
        Opening(
            "notebooks",
            # The controller asks how long a notebook has been idle.
            (((GATEWAY, from_pods("kubeflow", {"app": "notebook-controller"})), (8888,)),),
            having=("notebook-name",),
        ),
    ),
    # Their pods have no label in common.
    "tensorboard-controller": (Opening("tensorboards", (((GATEWAY,), (6006,)),)),),
    "pvcviewer-controller": (Opening("volume-viewers", (((GATEWAY,), (8080,)),)),),
    "pipelines": (
        # The interface fetches artifacts, the API server draws, where the release runs these pods.
        Opening(
            "pipelines-artifacts",
            (((from_pods("kubeflow", {"app": "ml-pipeline-ui"}),), (3000,)),),
            pods={"app": "ml-pipeline-ui-artifact"},
        ),
        Opening(
            "pipelines-visualizations",
            (((from_pods("kubeflow", {"app": "ml-pipeline"}),), (8888,)),),
            pods={"app": "ml-pipeline-visualizationserver"},
        ),
    ),
    "katib": (
        # Suggestions, and when to stop a trial early.
        Opening(
            "katib",
            (
                (
                    (from_pods("kubeflow", {"katib.kubeflow.org/component": "controller"}),),
                    (6788, 6789),
                ),
            ),
            having=("katib.kubeflow.org/suggestion",),
        ),
    ),
}


def of_components(components: Iterable[str]) -> list[Opening]:
    """What components of Kubeflow run in teams' namespaces, and have to reach there."""
    return [each for name in components for each in _OF_COMPONENTS.get(name, ())]


def isolation(team: Team, openings: Iterable[Opening]) -> list[Body]:
    """The NetworkPolicies of a team."""
    return [
        ingress_policy(
            "same-namespace",
            namespace=team.name,
            pods={},
            rules=[let_in([FROM_SAME_NAMESPACE])],
        ),
        *(
            ingress_policy(
                opening.name,
                namespace=team.name,
                pods=opening.pods,
                having=opening.having,
                rules=[
                    let_in(callers, [port(number) for number in ports])
                    for callers, ports in opening.rules
                ],
            )
            for opening in openings
        ),
    ]


DNS = from_pods("kube-system", {"k8s-app": "kube-dns"})
"""The name servers (kubernetes cluster/addons/dns, kube-dns and coredns alike)."""
ISTIOD = from_pods("istio-system", {"app": "istiod"})
"""Whom sidecars get certificates and configuration from."""
_API_PORTS = (443, 6443)
_DNS_PORTS = [port(53, "UDP"), port(53)]
_NEEDED: Mapping[str, Sequence[tuple[Body, Sequence[int]]]] = {
    # The API server by HTTP and gRPC, metadata, and one of the object stores of the releases.
    "pipelines": (
        (from_pods("kubeflow", {"app": "ml-pipeline"}), (8887, 8888)),
        (from_pods("kubeflow", {"component": "metadata-grpc-server"}), (8080,)),
        (from_pods("kubeflow", {"app": "minio"}), (9000,)),
        (from_pods("kubeflow", {"app": "seaweedfs"}), (8333,)),
    ),
    # Where trials report.
    "katib": ((from_pods("kubeflow", {"katib.kubeflow.org/component": "db-manager"}), (6789,)),),
}


class Address(NamedTuple):
    """A port of a namespace's pods."""

    namespace: str
    port: int
    protocol: str = "TCP"


def egress(
    team: Team,
    allowed: Egress,
    components: Iterable[str],
    addresses: Iterable[Address],
    *,
    knative: bool,
) -> Body:
    """The NetworkPolicy with all that the team's pods may connect to: what the environment and the team
    name, what `components` of Kubeflow need, the `addresses` that their own sections name, and if there
    are Knative Services, the gateway before these.
    """
    needed = [each for name in components for each in _NEEDED.get(name, ())]
    return egress_policy(
        "egress",
        namespace=team.name,
        rules=[
            let_out([FROM_SAME_NAMESPACE]),
            let_out([DNS, *map(to_block, allowed.dns)], _DNS_PORTS),
            let_out([ISTIOD], [port(15012)]),
            let_out([*map(to_block, allowed.api_server)], [port(each) for each in _API_PORTS]),
            *([let_out([CLUSTER_GATEWAY], [port(8080)])] if knative else ()),
            *(let_out([pods], [port(each) for each in ports]) for pods, ports in needed),
            *(
                let_out([from_namespace(each.namespace)], [port(each.port, each.protocol)])
                for each in sorted(set(addresses))
            ),
            *(_to(each) for each in (*allowed.to, *team.egress)),
        ],
    )


def _to(destination: Destination) -> Body:
    place = (
        to_block(destination.cidr)
        if destination.cidr
        else from_namespace(destination.namespace or "")
    )
    return let_out([place], [port(each) for each in destination.ports])
