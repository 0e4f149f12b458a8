"""What Kafka clusters and streams need of the operators that are there, and of each other."""

from __future__ import annotations

from collections.abc import Iterator

from synth.catalog.knative_kafka import COMPONENT, EVENTING, IMAGES, fitting, refused
from synth.catalog.kubeflow import load_release
from synth.catalog.strimzi import (
    KAFKA_VERSIONS,
    MORE_OF_A_VERSION,
    STARTS_SINCE,
    oldest_kubernetes,
)
from synth.config.addons import KnativeKafka
from synth.config.environment import Environment
from synth.config.kafka import KafkaCluster, Listener
from synth.config.kubeflow import Kubeflow
from synth.config.streaming import Stream
from synth.kit.versions import minor
from synth.rules.findings import Finding


def check_streams(environment: Environment) -> Iterator[Finding]:
    """Findings about `kafka` and `streams`."""
    yield from _operators(environment)
    yield from _kubernetes(environment)
    yield from _starts(environment)
    source = environment.addons.knative_kafka
    if source and source.install:
        yield from _installed(source, environment.cluster.kubernetes)
        if environment.kubeflow:
            yield from _beside(source, environment.kubeflow)
    for cluster in environment.kafka:
        yield from _version(environment, cluster)
    for stream in environment.streams:
        own = stream.kafka.own_cluster(environment.kafka)
        yield from _copies(stream, own) if own else _address(stream)
        if own and not stream.kafka.bootstrap_servers:
            yield from _listener(stream, own)


def _operators(environment: Environment) -> Iterator[Finding]:
    addons = environment.addons
    if not addons.strimzi:
        needing = [
            *(f"kafka.{cluster.name}" for cluster in environment.kafka),
            *(f"streams.{each.name}" for each in environment.streams if each.kafka.cluster),
        ]
        for key in needing:
            yield Finding(
                "ST001", "error", key,
                "there is no Strimzi operator here: add addons.strimzi, as {} where it is there "
                "already, with install: true where it is not",
            )  # fmt: skip
    if not addons.knative_kafka:
        for stream in environment.streams:
            yield Finding(
                "ST002", "error", f"streams.{stream.name}.source",
                "Knative's Kafka source is not here, and Kubeflow does not bring it: add "
                "addons.knativeKafka, as {} where it is there already, with install: true where it "
                "is not",
            )  # fmt: skip


def _kubernetes(environment: Environment) -> Iterator[Finding]:
    strimzi, kubernetes = environment.addons.strimzi, environment.cluster.kubernetes
    if strimzi and minor(kubernetes) < oldest_kubernetes(strimzi.version):
        oldest = ".".join(map(str, oldest_kubernetes(strimzi.version)))
        yield Finding(
            "ST003", "error", "addons.strimzi",
            f"Strimzi {strimzi.version} needs Kubernetes {oldest} or later, and the cluster has "
            f"{kubernetes}",
        )  # fmt: skip


def _starts(environment: Environment) -> Iterator[Finding]:
    strimzi, kubernetes = environment.addons.strimzi, environment.cluster.kubernetes
    if (
        strimzi
        and minor(kubernetes) >= MORE_OF_A_VERSION
        and tuple(map(int, strimzi.version.split("."))) < STARTS_SINCE
    ):
        yield Finding(
            "ST012", "error", "addons.strimzi.version",
            f"Strimzi {strimzi.version} does not start on Kubernetes {kubernetes}, whose version it "
            f"cannot read: take {'.'.join(map(str, STARTS_SINCE))} or later",
        )  # fmt: skip


def _installed(source: KnativeKafka, kubernetes: str) -> Iterator[Finding]:
    if source.version not in IMAGES:
        yield Finding(
            "ST008", "error", "addons.knativeKafka.version",
            f"nothing is known of the release files of eventing-kafka-broker {source.version}, "
            f"whose objects the project would have to permit: take one of {', '.join(IMAGES)}",
        )  # fmt: skip
    elif refused(source.version, kubernetes):
        others = [each for each in IMAGES if not refused(each, kubernetes)]
        yield Finding(
            "ST011", "error", "addons.knativeKafka.version",
            f"Kubernetes {kubernetes} refuses the dispatcher of eventing-kafka-broker "
            f"{source.version}, which mounts a volume that only a webhook adds to its pods: take one "
            f"of {', '.join(others)}",
        )  # fmt: skip


def _beside(source: KnativeKafka, kubeflow: Kubeflow) -> Iterator[Finding]:
    """Findings about Knative's Kafka source and Kubeflow's Knative Eventing."""
    release = load_release(kubeflow.release)
    if COMPONENT not in {each.name for each in release.enabled(kubeflow.components)}:
        yield Finding(
            "ST009", "error", f"kubeflow.components.{COMPONENT}",
            "Knative's Kafka source (addons.knativeKafka.install) runs beside Knative Eventing and "
            "reads its settings: switch it on",
        )  # fmt: skip
    eventing = EVENTING[release.name]
    if minor(source.version) != minor(eventing):
        fits = fitting(eventing)
        way = (
            f"take {fits}"
            if fits
            else "none that is known does, so install it by hand, without install"
        )
        yield Finding(
            "ST010", "error", "addons.knativeKafka.version",
            f"Kubeflow {release.name} brings Knative Eventing {eventing}, and {source.version} of "
            f"its Kafka source does not fit that minor version: {way}",
        )  # fmt: skip


def _version(environment: Environment, cluster: KafkaCluster) -> Iterator[Finding]:
    strimzi = environment.addons.strimzi
    if not strimzi:
        return
    known = KAFKA_VERSIONS.get(strimzi.version)
    if known is None:
        yield Finding(
            "ST004", "error", f"kafka.{cluster.name}.version",
            f"nothing is known of the versions of Kafka that Strimzi {strimzi.version} runs (known "
            f"of: {', '.join(KAFKA_VERSIONS)})",
        )  # fmt: skip
    elif cluster.version not in known:
        others = [
            version for version, kafkas in KAFKA_VERSIONS.items() if cluster.version in kafkas
        ]
        yield Finding(
            "ST004", "error", f"kafka.{cluster.name}.version",
            f"Strimzi {strimzi.version} runs Kafka {', '.join(known)}; {cluster.version} is run by "
            f"{', '.join(others) or 'none that is known'}",
        )  # fmt: skip


def _copies(stream: Stream, own: KafkaCluster) -> Iterator[Finding]:
    for topic in stream.topics:
        if topic.replicas > own.brokers:
            yield Finding(
                "ST005", "error", f"streams.{stream.name}",
                f"the topic {topic.name} has {topic.replicas} replicas, and {own.name} has "
                f"{own.brokers} brokers to keep them: replicas must be at most that",
            )  # fmt: skip


def _address(stream: Stream) -> Iterator[Finding]:
    cluster = stream.kafka.cluster
    if cluster and not stream.kafka.bootstrap_servers:
        yield Finding(
            "ST006", "error", f"streams.{stream.name}.kafka",
            f"the cluster {cluster.namespace}/{cluster.name} is no entry of kafka, so that nothing "
            "says where its brokers are: add bootstrapServers",
        )  # fmt: skip


def _listener(stream: Stream, own: KafkaCluster) -> Iterator[Finding]:
    if not any(map(stream.kafka.fits, own.listeners)):
        there = "; ".join(map(_described, own.listeners))
        yield Finding(
            "ST007", "error", f"streams.{stream.name}.kafka",
            f"no listener of {own.name} is for clients of this kind ({there}): let tls and sasl "
            "say what one of them asks for",
        )  # fmt: skip


def _described(listener: Listener) -> str:
    tls = "tls" if listener.tls else "no tls"
    return f"{listener.name}: {tls}, {listener.authentication or 'no authentication'}"
