"""Kafka clusters that Strimzi runs."""

from synth.domains.kafka.cluster import Cluster
from synth.domains.kafka.namespace import ClusterNamespace

__all__ = ["Cluster", "ClusterNamespace"]
