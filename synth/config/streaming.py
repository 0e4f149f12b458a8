"""`streams:`: events that flow from a Kafka topic through a program that scales with them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from synth.config.base import Duration, Image, Name, NonEmpty, Resources, Section, TeamName
from synth.config.containers import Env, SecretEnv, SecretKey
from synth.config.kafka import KafkaCluster, Listener
from synth.kit.quantities import milliseconds
from synth.kit.secrets import Provided

TIMEOUT = "10m"
"""The longest timeout of a revision (max-revision-timeout-seconds of Knative's config-defaults)."""


def _address(server: str) -> str:
    host, _, port = server.rpartition(":")
    if not (re.fullmatch(r"[-.\w]+", host, re.ASCII) and port.isascii() and port.isdigit()):
        raise ValueError(f"{server!r} is not an address such as kafka-kafka-bootstrap.kafka:9092")
    if not 1 <= int(port) <= 65535:
        raise ValueError(f"{server!r} has the port {port}, must be within 1-65535")
    return server


def _some(servers: tuple[str, ...] | None) -> tuple[str, ...] | None:
    # Not min_length: it also complains of an entry that has a mistake of its own.
    if servers == ():
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


class ClusterRef(Section):
    """A Kafka cluster of the Strimzi operator: an entry of `kafka`, or one that exists already."""

    name: Name
    """The name of the Kafka object."""
    namespace: Name = "kafka"
    """Its namespace; topics live there as well."""


class ClientCertificate(Section):
    """A certificate by which clients show who they are, with its key."""

    cert: SecretKey
    key: SecretKey


class Tls(Section):
    """Encryption on the way to the brokers. Secrets are in the team's namespace."""

    ca: SecretKey | None = None
    """The authority that signed the brokers' certificates; without it a public one. That of a
    cluster of Strimzi is `ca.crt` in the Secret <cluster>-cluster-ca-cert, in the cluster's
    namespace."""
    client: ClientCertificate | None = None


SASL_KEYS = ("user", "password", "type")
"""The keys of a Secret with a name and a password."""


class Sasl(Section):
    """A name and a password, from a Secret in the team's namespace with the keys `user`, `password`
    and, with the mechanism's name in it, `type`.
    """

    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    secret_name: Name
    """The Secret's name."""
    external: NonEmpty | None = None
    """The entry of `secrets.store` that the Secret is made from, with properties called like its
    keys; without it the Secret is there already."""


class Kafka(Section):
    """Where the events are."""

    bootstrap_servers: Annotated[
        tuple[Annotated[str, AfterValidator(_address)], ...] | None, AfterValidator(_some)
    ] = None
    """Addresses of brokers, host:port. Needed where `cluster` is no entry of `kafka`."""
    topic: Topic
    cluster: ClusterRef | None = None
    """The cluster that the stream's topics are made in; without it they exist already, for example
    because another stream reads them as well."""
    tls: Tls | None = None
    """Without it nothing is encrypted."""
    sasl: Sasl | None = None

    @model_validator(mode="after")
    def _found(self) -> Self:
        if self.bootstrap_servers is None and self.cluster is None:
            raise ValueError(
                "says neither where brokers are nor which cluster they are of: add "
                "bootstrapServers, or cluster with an entry of kafka"
            )
        return self

    def own_cluster(self, clusters: Iterable[KafkaCluster]) -> KafkaCluster | None:
        """The entry of `kafka` that the stream's topics are made in."""
        wanted = self.cluster and (self.cluster.namespace, self.cluster.name)
        return next((each for each in clusters if (each.namespace, each.name) == wanted), None)

    def fits(self, listener: Listener) -> bool:
        """Whether the stream's clients are what the listener waits for."""
        way = None
        if self.sasl:
            way = self.sasl.mechanism.lower()
        elif self.tls and self.tls.client:
            way = "tls"
        return listener.tls == (self.tls is not None) and listener.authentication == way

    def servers(self, clusters: Iterable[KafkaCluster]) -> list[str]:
        """Addresses to begin with: those given, or the fitting listener's of the own cluster; none
        where there is no such listener.
        """
        if self.bootstrap_servers:
            return list(self.bootstrap_servers)
        own = self.own_cluster(clusters)
        fitting = (each for each in own.listeners if self.fits(each)) if own else ()
        return [own.bootstrap(each) for each in fitting][:1] if own else []


class Delivery(Section):
    """What happens to an event that the processor does not take."""

    retry: Annotated[int, Field(ge=0)] = 10
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
    metrics_path: Annotated[str, AfterValidator(_path)] | None = None
    """Where Prometheus finds its metrics, on the same port; without it nobody looks."""
    env: Env = {}
    """Environment variables by name."""
    secret_env: SecretEnv = {}
    """Environment variables whose values are in Secrets."""
    resources: Resources = Resources(
        requests={"cpu": "100m", "memory": "256Mi"}, limits={"memory": "256Mi"}
    )
    """Requests and limits of the program."""


CONNECTION = (
    "KAFKA_BOOTSTRAP_SERVERS", "KAFKA_SECURITY_PROTOCOL", "KAFKA_SASL_MECHANISM",
    "KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD", "KAFKA_SSL_CA", "KAFKA_SSL_CERTIFICATE",
    "KAFKA_SSL_KEY", "OUTPUT_TOPIC", "DEAD_LETTER_TOPIC",
)  # fmt: skip
"""The variables by which a processor with an output is told about Kafka."""


class Stream(Section):
    """A stream: topic → KafkaSource → Knative Service, in its team's namespace; and, where it hands
    something on, → topic.
    """

    name: Name
    team: TeamName
    kafka: Kafka
    source: Annotated[Source, AfterValidator(_busy)]
    processor: Processor
    output: Topic | None = None
    """The topic that the processor hands on to; it is told where by KAFKA_BOOTSTRAP_SERVERS,
    OUTPUT_TOPIC and so on (images/processor)."""
    dead_letters: Topic | None = None
    """The topic for what the processor cannot read: DEAD_LETTER_TOPIC."""
    max_lag: Annotated[int, Field(ge=0)] | None = None
    """So many events may wait to be read before the team is told. Without it 1000 where the cluster is
    an entry of `kafka`; elsewhere Kafka's exporter has to be there, and nobody is told."""
    max_dead_letters: Annotated[int, Field(ge=0)] = 0
    """So many events an hour may be put into `deadLetters` before the team is told; the processor
    counts them in processor_events_put_aside_total."""

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.dead_letters and not self.output:
            raise ValueError("deadLetters without output: there is nobody to put anything there")
        if "max_dead_letters" in self.model_fields_set and not self.dead_letters:
            raise ValueError(
                "maxDeadLetters says nothing without deadLetters: add it, or take this out"
            )
        topics = [topic.name for topic in self.topics]
        for name in sorted({name for name in topics if topics.count(name) > 1}):
            raise ValueError(f"{name}: kafka.topic, output and deadLetters must be different")
        given = {*self.processor.env, *self.processor.secret_env}
        both = [name for name in CONNECTION if name in given]
        if self.output and both:
            raise ValueError(
                f"processor: {', '.join(both)} is what output and kafka say already: take it out"
            )
        return self

    @property
    def secrets(self) -> Iterator[Provided]:
        """Those of its Secrets that the environment's provider brings."""
        sasl = self.kafka.sasl
        if sasl and sasl.external:
            asked = f"streams.{self.name}.kafka.sasl"
            yield Provided(self.team, sasl.secret_name, SASL_KEYS, asked, sasl.external)

    @property
    def most_waiting(self) -> int:
        """How many events may wait to be read."""
        return 1000 if self.max_lag is None else self.max_lag

    @property
    def topics(self) -> list[Topic]:
        """The topic that is read, and those that are written."""
        return [self.kafka.topic, *filter(None, (self.output, self.dead_letters))]
