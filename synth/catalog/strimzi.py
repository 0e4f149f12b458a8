"""What each version of the Strimzi operator serves and runs.

Source: strimzi/strimzi-kafka-operator CHANGELOG.md and kafka-versions.yaml at the versions named;
packaging/helm-charts/helm3/strimzi-kafka-operator (values.yaml, README.md, templates/, crds/).
"""

from __future__ import annotations

from collections.abc import Iterator

from synth.kit.objects import Identity
from synth.kit.versions import minor

REPOSITORY = "https://strimzi.io/charts/"
CHART = "strimzi-kafka-operator"
REGISTRY = "quay.io"
"""Where every image of the chart comes from, unless `defaultImageRegistry` says otherwise."""
_CRDS = (
    "kafkabridges", "kafkaconnectors", "kafkaconnects", "kafkamirrormaker2s", "kafkanodepools",
    "kafkarebalances", "kafkas", "kafkatopics", "kafkausers",
)  # fmt: skip
_RBAC = "rbac.authorization.k8s.io"
_OPERATOR = "strimzi-cluster-operator"
_CLUSTER_ROLES = (
    f"{_OPERATOR}-global", f"{_OPERATOR}-leader-election", f"{_OPERATOR}-namespaced",
    f"{_OPERATOR}-watched", "strimzi-entity-operator", "strimzi-kafka-broker",
    "strimzi-kafka-client",
)  # fmt: skip
_CLUSTER_ROLE_BINDINGS = (
    _OPERATOR, f"{_OPERATOR}-entity-operator-delegation",
    f"{_OPERATOR}-kafka-broker-delegation", f"{_OPERATOR}-kafka-client-delegation",
    f"{_OPERATOR}-namespaced", f"{_OPERATOR}-watched",
)  # fmt: skip

V1_SINCE = (0, 49)
"""From here on the operator serves v1, from 1.0 on nothing else."""
KRAFT_ONLY_SINCE = (0, 46)
"""From here on every cluster is one of KRaft and node pools; before, annotations say so."""

KAFKA_VERSIONS = {
    "0.45.0": ("3.8.0", "3.8.1", "3.9.0"),
    "0.45.1": ("3.8.0", "3.8.1", "3.9.0"),
    "0.45.2": ("3.8.0", "3.8.1", "3.9.0", "3.9.1", "3.9.2"),
    "0.46.0": ("3.9.0", "4.0.0"),
    "0.51.0": ("4.1.0", "4.1.1", "4.2.0"),
    "1.0.0": ("4.1.0", "4.1.1", "4.2.0"),
    "1.2.0": ("4.2.0", "4.2.1", "4.3.0", "4.3.1"),
}
"""The versions of Kafka that an operator runs."""
STARTS_SINCE = (0, 45, 1)
"""The first version that starts on Kubernetes 1.33 and later, whose version has fields that the client
of earlier ones does not read (strimzi/strimzi-kafka-operator issues 11386 and 11456)."""
MORE_OF_A_VERSION = (1, 33)
"""The first Kubernetes that says more of its version."""
_KUBERNETES = (((0, 51), (1, 30)), ((0, 48), (1, 27)), ((0, 44), (1, 25)))


def api_version(strimzi: str) -> str:
    """The `apiVersion` of Kafka's objects that an operator of this version serves."""
    return f"kafka.strimzi.io/{'v1' if minor(strimzi) >= V1_SINCE else 'v1beta2'}"


def oldest_kubernetes(strimzi: str) -> tuple[int, int]:
    """The first minor version of Kubernetes that an operator of this version supports; (0, 0)
    where nothing is known.
    """
    return next((floor for since, floor in _KUBERNETES if minor(strimzi) >= since), (0, 0))


def chart_objects(version: str, namespace: str) -> Iterator[Identity]:
    """What the chart creates in and for a namespace, and the namespace itself, where the operator
    watches every namespace.
    """
    yield Identity("", "Namespace", "", namespace)
    yield Identity("", "ConfigMap", namespace, _OPERATOR)
    yield Identity("", "ServiceAccount", namespace, _OPERATOR)
    yield Identity("apps", "Deployment", namespace, _OPERATOR)
    yield Identity(_RBAC, "RoleBinding", namespace, f"{_OPERATOR}-leader-election")
    for name in _CLUSTER_ROLES:
        yield Identity(_RBAC, "ClusterRole", "", name)
    for name in _CLUSTER_ROLE_BINDINGS:
        yield Identity(_RBAC, "ClusterRoleBinding", "", name)
    old = () if minor(version) >= KRAFT_ONLY_SINCE else ("kafkamirrormakers",)
    names = [f"{each}.kafka.strimzi.io" for each in (*_CRDS, *old)]
    for name in (*names, "strimzipodsets.core.strimzi.io"):
        yield Identity("apiextensions.k8s.io", "CustomResourceDefinition", "", name)


def operator_image(version: str) -> str:
    """The image of the operator."""
    return f"{REGISTRY}/strimzi/operator:{version}"


def kafka_image(version: str, kafka: str) -> str:
    """The image that an operator of this version runs a version of Kafka with."""
    return f"{REGISTRY}/strimzi/kafka:{version}-kafka-{kafka}"
