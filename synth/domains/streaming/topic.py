"""The stream's topics as KafkaTopics, where Strimzi manages the cluster.

Source: strimzi/strimzi-kafka-operator CHANGELOG.md and the CRDs at 0.45.1 and 1.2.0.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from synth.catalog.strimzi import api_version
from synth.config.streaming import ClusterRef, Stream, Topic
from synth.kit.names import LABEL_LENGTH, bounded, is_label
from synth.kit.objects import Body, manifest
from synth.kit.quantities import milliseconds


def topics(stream: Stream, strimzi: str) -> Iterator[Body]:
    """The KafkaTopics in the namespace of their cluster; none where the topics are not ours."""
    cluster = stream.kafka.cluster
    if cluster is None:
        return
    written = {"output": stream.output, "dead-letters": stream.dead_letters}
    yield _topic(f"{stream.team}-{stream.name}", stream.kafka.topic, cluster, strimzi)
    for role, wanted in written.items():
        if wanted:
            yield _topic(f"{stream.team}-{stream.name}-{role}", wanted, cluster, strimzi)


def _topic(otherwise: str, wanted: Topic, cluster: ClusterRef, strimzi: str) -> Body:
    """The topic, called `otherwise` where its own name is none of Kubernetes."""
    spec: dict[str, Any] = {
        "partitions": wanted.partitions,
        "replicas": wanted.replicas,
        "config": {"retention.ms": milliseconds(wanted.retention)},
    }
    name = wanted.name
    if not is_label(name):  # Kafka's names may hold what those of Kubernetes may not
        name = bounded(otherwise, LABEL_LENGTH)
        spec = {"topicName": wanted.name, **spec}
    return manifest(
        api_version(strimzi),
        "KafkaTopic",
        name,
        namespace=cluster.namespace,
        labels={"strimzi.io/cluster": cluster.name},
        spec=spec,
    )
