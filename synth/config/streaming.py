"""`streams:`: events that flow from a Kafka topic through a program that scales with them."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo

from synth.config.base import Duration, Image, Name, NonEmpty, Resources, Section, TeamName
from synth.kit.quantities import milliseconds

TIMEOUT = "10m"
"""The longest timeout of a revision (max-revision-timeout-seconds of Knative's config-defaults)."""


def _address(server: str) -> str:
    host, _, port = server.rpartition(":")
    if not (re.fullmatch(r"[-.\w]+", host, re.ASCII) and port.isascii() and port.isdigit()):
        raise ValueError(f"{server!r} is not an address such as kafka-kafka-bootstrap.kafka:9092")
    if not 1 <= int(port) <= 65535:
        raise ValueError(f"{server!r} has the port {port}, must be within 1-65535")
    return server


def _some(servers: tuple[str, ...]) -> tuple[str, ...]:
    # Not min_length: it also complains of an entry that has a mistake of its own.
    if not servers:
        raise ValueError("is empty, must have one address at least")
    return servers


def _topic_name(name: str) -> str:
    if not re.fullmatch(r"[a-zA-Z0-9._-]{1,249}", name) or name in (".", ".."):
        raise ValueError(
            f"{name!r} is not a topic's name: letters, digits, '.', '_' and '-', "
            "at most 249 characters"
        )
    return name


def _http(uri: str) -> str:
    if not re.match(r"https?://[^/\s]+", uri):
        raise ValueError(f"{uri!r} is not an address of the form http://service.namespace/path")
    return uri


def _path(path: str) -> str:
    if not re.fullmatch(r"/[^\s?#]*", path):
        raise ValueError(f"{path!r} is not a path such as /healthz")
    return path


def _not_below_min(maximum: int, info: ValidationInfo) -> int:
    minimum = info.data.get("min_scale")
    if minimum is not None and maximum < minimum:
        raise ValueError(f"is {maximum}, must be at least minScale, which is {minimum}")
    return maximum


def _within_timeout(timeout: str) -> str:
    if not 1000 <= milliseconds(timeout) <= milliseconds(TIMEOUT):
        raise ValueError(f"{timeout} is not within 1s-{TIMEOUT}, which is what Knative takes")
    return timeout


def _busy(source: Source, info: ValidationInfo) -> Source:
    kafka: Kafka | None = info.data.get("kafka")
    if kafka and kafka.cluster and source.consumers > kafka.topic.partitions:
        raise ValueError(
            f"consumers is {source.consumers}, must be at most the topic's "
            f"{kafka.topic.partitions} partitions: each is read by one consumer"
        )
    return source


class Topic(Section):
    """A Kafka topic. All but its name counts only where Strimzi manages the topic."""

    name: Annotated[str, AfterValidator(_topic_name)]
    partitions: Annotated[int, Field(ge=1)] = 3
    """Can grow, never shrink."""
    replicas: Annotated[int, Field(ge=1)] = 3
    """Copies of each partition, on as many brokers."""
    retention: Duration = "7d"
    """How long an event is kept."""


class KafkaCluster(Section):
    """A Kafka cluster of the Strimzi operator."""

    name: Name
    """The name of the Kafka object."""
    namespace: Name = "kafka"
    """Its namespace; topics live there as well."""


class Kafka(Section):
    """Where the events are."""

    bootstrap_servers: Annotated[
        tuple[Annotated[str, AfterValidator(_address)], ...], AfterValidator(_some)
    ]
    """Addresses of brokers, host:port."""
    topic: Topic
    cluster: KafkaCluster | None = None
    """The cluster that the topic is made in; without it the topic exists already, for example
    because another stream reads it as well."""


class Delivery(Section):
    """What happens to an event that the processor does not take."""

    retry: Annotated[int, Field(ge=0)] = 5
    """Tries after the first."""
    backoff_policy: Literal["exponential", "linear"] = "exponential"
    backoff_delay: Duration = "1s"
    """The first wait; exponential doubles it each time, linear adds it."""
    dead_letter_sink: Annotated[str, AfterValidator(_http)] | None = None
    """The address that takes what could not be delivered; without it the event is dropped."""


class Source(Section):
    """How the topic is read: a KafkaSource."""

    consumer_group: NonEmpty
    """The consumer group. It can never be changed on a stream that exists: its offsets hang on
    it, and Knative refuses; a new group needs a new stream."""
    consumers: Annotated[int, Field(ge=1)] = 1
    """How many read at the same time."""
    initial_offset: Literal["earliest", "latest"] = "latest"
    """Where a group without offsets begins."""
    ordering: Literal["ordered", "unordered"] = "ordered"
    """`ordered`: one event of a partition after the other; `unordered`: as many as there are."""
    delivery: Delivery = Delivery()


class Processor(Section):
    """The program that takes each event as a CloudEvent over HTTP: a Knative Service."""

    image: Image
    port: Annotated[int, Field(ge=1, le=65535)] = 8080
    health_path: Annotated[str, AfterValidator(_path)] = "/healthz"
    """Answers GET with 200 when the program is ready."""
    min_scale: Annotated[int, Field(ge=0)] = 1
    """Pods that always run; 0 lets it sleep."""
    max_scale: Annotated[int, Field(ge=1), AfterValidator(_not_below_min)] = 5
    concurrency: Annotated[int, Field(ge=0, le=1000)] = 10
    """Events that one pod works on at the same time; 0 is no limit."""
    timeout: Annotated[Duration, AfterValidator(_within_timeout)] = "1m"
    """How long one event may take."""
    env: dict[str, str] = {}
    """Environment variables by name."""
    resources: Resources = Resources(
        requests={"cpu": "100m", "memory": "256Mi"}, limits={"memory": "256Mi"}
    )
    """Requests and limits of the program."""


class Stream(Section):
    """A stream: topic → KafkaSource → Knative Service, in its team's namespace."""

    name: Name
    team: TeamName
    kafka: Kafka
    source: Annotated[Source, AfterValidator(_busy)]
    processor: Processor
