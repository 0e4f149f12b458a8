"""The topic as a KafkaTopic, where Strimzi manages the cluster.

Source: strimzi/strimzi-kafka-operator CHANGELOG.md and the CRDs at 0.45.1 and 1.2.0.
"""

from __future__ import annotations

from typing import Any

from synth.config.streaming import Stream
from synth.kit.names import LABEL_LENGTH, bounded, is_label
from synth.kit.objects import Body, manifest
from synth.kit.quantities import milliseconds
from synth.kit.versions import minor

V1_SINCE = (0, 49)
"""From here on the operator serves v1, from 1.0 on nothing else."""


def topic(stream: Stream, strimzi: str) -> list[Body]:
    """The KafkaTopic in the namespace of its cluster; none where the topic is not ours."""
    cluster, wanted = stream.kafka.cluster, stream.kafka.topic
    if cluster is None:
        return []
    spec: dict[str, Any] = {
        "partitions": wanted.partitions,
        "replicas": wanted.replicas,
        "config": {"retention.ms": milliseconds(wanted.retention)},
    }
    name = wanted.name
    if not is_label(name):  # Kafka's names may hold what those of Kubernetes may not
        name = bounded(f"{stream.team}-{stream.name}", LABEL_LENGTH)
        spec = {"topicName": wanted.name, **spec}
    version = "v1" if minor(strimzi) >= V1_SINCE else "v1beta2"
    return [
        manifest(
            f"kafka.strimzi.io/{version}",
            "KafkaTopic",
            name,
            namespace=cluster.namespace,
            labels={"strimzi.io/cluster": cluster.name},
            spec=spec,
        )
    ]
