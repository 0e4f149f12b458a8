"""A Kafka cluster with KRaft as Strimzi's operator runs it.

Source: the CRDs of strimzi/strimzi-kafka-operator at 0.45.1 (v1beta2) and 1.2.0 (v1).
"""

from __future__ import annotations

from typing import Any

from constructs import Construct

from synth.catalog.strimzi import KRAFT_ONLY_SINCE, api_version
from synth.config.kafka import KafkaCluster, Listener, NodePool
from synth.domains.kafka.user import user
from synth.kit.construct import Manifests
from synth.kit.objects import Body, manifest
from synth.kit.secrets import Provider
from synth.kit.versions import minor

_KRAFT = {"strimzi.io/kraft": "enabled", "strimzi.io/node-pools": "enabled"}

_EXPORTER: Body = {
    "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}}
}
"""Of all topics and consumer groups, which is what it does by default."""


class Cluster(Manifests):
    """The cluster, its nodes by pool, and its users; `strimzi` is the operator's version,
    `exporter` says whether Prometheus is to know how far consumer groups are behind.
    """

    def __init__(
        self,
        scope: Construct,
        cluster: KafkaCluster,
        *,
        strimzi: str,
        store: Provider,
        exporter: bool = False,
    ) -> None:
        super().__init__(
            scope,
            f"{cluster.namespace}.{cluster.name}",
            [
                _kafka(cluster, strimzi, exporter=exporter),
                *(_pool(cluster, pool, strimzi) for pool in cluster.pools),
                *map(store.made, cluster.secrets),
                *(user(cluster, each, strimzi=strimzi) for each in cluster.users),
            ],
            key=f"kafka.{cluster.name}",
        )


def _kafka(cluster: KafkaCluster, strimzi: str, *, exporter: bool) -> Body:
    kafka: dict[str, Any] = {
        "version": cluster.version,
        # The format of the metadata follows an upgrade of Kafka once nobody wants to go back.
        "listeners": [_listener(listener) for listener in cluster.listeners],
        "config": {**_copies(cluster.brokers), **cluster.config},
    }
    if any(listener.authentication for listener in cluster.listeners):
        kafka["authorization"] = {"type": "simple"}
    return manifest(
        api_version(strimzi),
        "Kafka",
        cluster.name,
        namespace=cluster.namespace,
        annotations=_KRAFT if minor(strimzi) < KRAFT_ONLY_SINCE else None,
        spec={
            "kafka": kafka,
            "entityOperator": {"topicOperator": {}, "userOperator": {}},
            **({"kafkaExporter": _EXPORTER} if exporter else {}),
        },
    )


def _listener(listener: Listener) -> Body:
    body: Body = {
        "name": listener.name,
        "port": listener.port,
        "type": "internal",
        "tls": listener.tls,
    }
    if listener.authentication:
        body["authentication"] = {"type": listener.authentication}
    return body


def _copies(brokers: int) -> dict[str, int]:
    """So many copies of everything that one broker may fail without loss: Kafka's own defaults are
    one copy of topics, and three of its internal ones, which fewer brokers cannot hold.
    """
    copies = min(3, brokers)
    in_sync = max(1, copies - 1)
    return {
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
    }


def _pool(cluster: KafkaCluster, pool: NodePool, strimzi: str) -> Body:
    volume: Body = {
        "id": 0,
        "type": "persistent-claim",
        "size": pool.storage.size,
        "deleteClaim": False,
    }
    if pool.storage.storage_class:
        volume["class"] = pool.storage.storage_class
    resources = pool.resources.model_dump(exclude_defaults=True)
    return manifest(
        api_version(strimzi),
        "KafkaNodePool",
        pool.name,
        namespace=cluster.namespace,
        labels={"strimzi.io/cluster": cluster.name},
        spec={
            "replicas": pool.replicas,
            "roles": list(pool.roles),
            # Further volumes can join a JBOD later, and no other kind of storage.
            "storage": {"type": "jbod", "volumes": [volume]},
            **({"resources": resources} if resources else {}),
        },
    )
