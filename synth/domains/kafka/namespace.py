"""A namespace that Kafka clusters live in."""

from __future__ import annotations

from constructs import Construct

from synth.kit.construct import Manifests
from synth.kit.objects import manifest


class ClusterNamespace(Manifests):
    """The namespace; its pods are those of Strimzi alone, which fit into the level baseline."""

    def __init__(self, scope: Construct, name: str) -> None:
        labels = {"pod-security.kubernetes.io/enforce": "baseline"}
        super().__init__(
            scope,
            f"namespace.{name}",
            [manifest("v1", "Namespace", name, labels=labels)],
            key="kafka",
        )
