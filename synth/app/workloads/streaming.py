"""Kafka, and the streams of events that come from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from synth.app.workload import Inputs, Workload
from synth.catalog.images import mirror_to
from synth.config.environment import Environment
from synth.config.kafka import KafkaCluster
from synth.config.streaming import Stream
from synth.kit.secrets import Provider

if TYPE_CHECKING:
    from cdk8s import Chart


def _kafka_inputs(environment: Environment) -> Inputs:
    if not environment.kafka:
        return {}
    addons = environment.addons
    return {
        "clusters": environment.kafka,
        "strimzi": addons.strimzi.version if addons.strimzi else "",
        "exporter": environment.platform_alerts is not None,
    }


def _kafka(
    chart: Chart,
    *,
    clusters: Sequence[KafkaCluster],
    strimzi: str,
    store: Provider,
    exporter: bool,
) -> None:
    from synth.domains.kafka import Cluster, ClusterNamespace

    for namespace in sorted({cluster.namespace for cluster in clusters}):
        ClusterNamespace(chart, namespace)
    for cluster in clusters:
        Cluster(chart, cluster, strimzi=strimzi, store=store, exporter=exporter)


KAFKA = Workload(
    10,
    _kafka_inputs,
    _kafka,
    frozenset(
        {
            "Kafka.kafka.strimzi.io",
            "KafkaNodePool.kafka.strimzi.io",
            "KafkaUser.kafka.strimzi.io",
            "Namespace",
        }
    ),
    secrets=lambda it: [each for cluster in it.kafka for each in cluster.secrets],
)


def _stream_inputs(environment: Environment) -> Inputs:
    if not environment.streams:
        return {}
    addons, observability = environment.addons, environment.observability
    return {
        "streams": environment.streams,
        "servers": [stream.kafka.servers(environment.kafka) for stream in environment.streams],
        "strimzi": addons.strimzi.version if addons.strimzi else "",
        "knative_kafka": addons.knative_kafka.version if addons.knative_kafka else "",
        "monitor_labels": observability.prometheus.labels if observability else None,
        "registry": environment.registry,
    }


def _streams(
    chart: Chart,
    *,
    streams: Sequence[Stream],
    servers: Sequence[Sequence[str]],
    strimzi: str,
    knative_kafka: str,
    store: Provider,
    monitor_labels: dict[str, str] | None,
    registry: str | None,
) -> None:
    from synth.domains.streaming import EventStream

    for stream, brokers in zip(streams, servers, strict=True):
        EventStream(
            chart,
            stream,
            servers=brokers,
            strimzi=strimzi,
            knative_kafka=knative_kafka,
            store=store,
            monitor_labels=monitor_labels,
            mirror=mirror_to(registry),
        )


STREAMS = Workload(
    11,
    _stream_inputs,
    _streams,
    frozenset(
        {
            "AuthorizationPolicy.security.istio.io",
            "KafkaSource.sources.knative.dev",
            "KafkaTopic.kafka.strimzi.io",
            "PodMonitor.monitoring.coreos.com",
            "Service.serving.knative.dev",
            "ServiceAccount",
        }
    ),
    secrets=lambda it: [each for stream in it.streams for each in stream.secrets],
)
