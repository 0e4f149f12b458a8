"""`kafka:`: Kafka clusters that the Strimzi operator runs here, and who may use them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from synth.config.base import Name, NonEmpty, Percent, Quantity, Resources, Section, Storage
from synth.kit.names import LABEL_LENGTH, bounded
from synth.kit.secrets import Provided

Authentication = Literal["tls", "scram-sha-512"]
Operation = Literal[
    "All", "Alter", "AlterConfigs", "ClusterAction", "Create", "Delete", "Describe",
    "DescribeConfigs", "IdempotentWrite", "Read", "Write",
]  # fmt: skip

_OPERATORS_OWN = (
    "advertised.", "authorizer.", "broker.", "controller.",
    "cruise.control.metrics.reporter.bootstrap.servers", "cruise.control.metrics.topic",
    "host.name", "inter.broker.listener.name", "listener.", "listeners", "log.dir",
    "metadata.log.dir", "node.id", "password.", "port", "process.roles", "sasl.", "security.",
    "ssl.", "super.user", "zookeeper.",
)  # fmt: skip
"""Beginnings of options that the operator sets itself and ignores in `config`
(strimzi/strimzi-kafka-operator api/…/KafkaClusterSpec.java, FORBIDDEN_PREFIXES), but for the
exceptions that it names."""
_YET_OURS = (
    "cruise.control.metrics.topic.", "sasl.server.max.receive.size", "ssl.cipher.suites",
    "ssl.enabled.protocols", "ssl.protocol", "ssl.secure.random.implementation",
)  # fmt: skip
_PORTS_TAKEN = (9090, 9091, 9404, 9999)
"""The operator's own between brokers, and those of metrics (ListenersValidator)."""


def _options(config: dict[str, str | int | bool]) -> dict[str, str | int | bool]:
    own = sorted(
        key for key in config if key.startswith(_OPERATORS_OWN) and not key.startswith(_YET_OURS)
    )
    if own:
        raise ValueError(f"{', '.join(own)}: the operator sets this itself")
    return config


def _port(port: int) -> int:
    if port < 9092 or port in _PORTS_TAKEN:
        raise ValueError(
            f"is {port}, must be at least 9092 and none of "
            f"{', '.join(map(str, _PORTS_TAKEN[2:]))}, which the operator takes"
        )
    return port


def _kafka_version(version: str) -> str:
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise ValueError(f"{version!r} is not a version of Kafka such as 3.9.0")
    return version


def _some_roles(roles: tuple[str, ...]) -> tuple[str, ...]:
    if not roles or len(set(roles)) < len(roles):
        raise ValueError("must have broker, controller or both, each once")
    return roles


def _quorum(pools: tuple[NodePool, ...]) -> tuple[NodePool, ...]:
    controllers = sum(pool.replicas for pool in pools if "controller" in pool.roles)
    if controllers % 2 == 0:
        raise ValueError(
            f"have {controllers} controllers, must have an odd number: they decide by majority"
        )
    if not any("broker" in pool.roles for pool in pools):
        raise ValueError("have no broker: give one of them the role")
    return pools


def _listeners(listeners: tuple[Listener, ...]) -> tuple[Listener, ...]:
    if not listeners:
        raise ValueError("is empty, must have one listener at least")
    ports = [listener.port for listener in listeners]
    for port in sorted({port for port in ports if ports.count(port) > 1}):
        raise ValueError(f"the port {port} is there twice")
    if len({listener.authentication is None for listener in listeners}) > 1:
        open_ones = ", ".join(each.name for each in listeners if not each.authentication)
        raise ValueError(
            f"{open_ones}: without authentication every request would be refused, because other "
            "listeners have one and with it access lists count"
        )
    return listeners


def _with_a_listener(users: tuple[User, ...], info: ValidationInfo) -> tuple[User, ...]:
    listeners: tuple[Listener, ...] | None = info.data.get("listeners")
    if listeners is None:  # they have mistakes of their own
        return users
    ways = {listener.authentication for listener in listeners if listener.authentication}
    for user in users:
        if user.authentication not in ways:
            there = ", ".join(sorted(ways)) or "none"
            raise ValueError(
                f"{user.name} shows who it is by {user.authentication}, and no listener asks for "
                f"that (there: {there})"
            )
    return users


class NodePool(Section):
    """Nodes of a kind: a KafkaNodePool."""

    name: Name
    roles: Annotated[tuple[Literal["controller", "broker"], ...], AfterValidator(_some_roles)] = (
        "controller",
        "broker",
    )
    """`broker` keeps topics, `controller` the cluster's own metadata."""
    replicas: Annotated[int, Field(ge=1)] = 3
    storage: Storage
    resources: Resources = Resources(
        requests={"cpu": "500m", "memory": "2Gi"}, limits={"memory": "2Gi"}
    )
    """Requests and limits of a node."""


class Listener(Section):
    """A port for clients inside the cluster."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9]{1,11}$")]
    """At most 11 lower-case letters and digits."""
    port: Annotated[int, AfterValidator(_port)] = 9093
    tls: bool = True
    authentication: Authentication | None = None
    """How clients show who they are; where listeners have one, access lists count."""

    @model_validator(mode="after")
    def _certificates(self) -> Self:
        if self.authentication == "tls" and not self.tls:
            raise ValueError("authentication: tls needs tls, which carries the certificates")
        return self


class Resource(Section):
    """Something of Kafka that access is given to."""

    type: Literal["topic", "group", "cluster", "transactionalId"]
    name: NonEmpty | None = None
    """The resource's name; `cluster` has none."""
    pattern_type: Literal["literal", "prefix"] = "literal"
    """`prefix` counts for every name that begins so."""

    @model_validator(mode="after")
    def _named(self) -> Self:
        if (self.type == "cluster") != (self.name is None):
            raise ValueError(
                "cluster has no name" if self.type == "cluster" else f"{self.type} needs a name"
            )
        return self


class Acl(Section):
    """What a user may do with one resource."""

    resource: Resource
    operations: Annotated[tuple[Operation, ...], Field(min_length=1)]


class Quotas(Section):
    """How much of each broker a user may take."""

    producer_bytes: Quantity | None = None
    """Bytes that it may send in a second."""
    consumer_bytes: Quantity | None = None
    """Bytes that it may read in a second."""
    requests: Percent | None = None
    """The share of a broker's threads; above 100% where it may have more than one."""


SCRAM_KEY = "password"
"""The key of the Secret that a user's password comes from."""


class User(Section):
    """Somebody who uses the cluster: a KafkaUser. Its Secret, called like it and in the cluster's
    namespace, is made by the operator.
    """

    name: Name
    authentication: Authentication = "scram-sha-512"
    external: NonEmpty | None = None
    """The entry of `secrets.store` that holds its `password`, for `scram-sha-512`: clients in other
    namespaces read the same entry. Without it the operator chooses one."""
    acls: tuple[Acl, ...] = ()
    """What it may do; nothing else."""
    quotas: Quotas | None = None

    @model_validator(mode="after")
    def _password(self) -> Self:
        if self.external and self.authentication != "scram-sha-512":
            raise ValueError(f"external is a password, which {self.authentication} has none of")
        return self

    @property
    def password_secret(self) -> str:
        """The Secret of a password that comes from outside: not of the user's own name, which that of
        the operator's Secret is.
        """
        return bounded(f"{self.name}-password", LABEL_LENGTH)


class KafkaCluster(Section):
    """A Kafka cluster with KRaft: Kafka, KafkaNodePools and KafkaUsers of Strimzi."""

    name: Name
    namespace: Name = "kafka"
    """Its namespace; topics and users live there as well."""
    version: Annotated[str, AfterValidator(_kafka_version)]
    """The version of Kafka; which ones there are follows from `addons.strimzi`."""
    pools: Annotated[tuple[NodePool, ...], AfterValidator(_quorum)]
    listeners: Annotated[tuple[Listener, ...], AfterValidator(_listeners)] = (
        Listener(name="tls", port=9093, tls=True, authentication="scram-sha-512"),
    )
    config: Annotated[dict[str, str | int | bool], AfterValidator(_options)] = {}
    """Options of the brokers; how many copies there are of what follows from the brokers."""
    users: Annotated[tuple[User, ...], AfterValidator(_with_a_listener)] = ()

    @property
    def brokers(self) -> int:
        """How many nodes keep topics."""
        return sum(pool.replicas for pool in self.pools if "broker" in pool.roles)

    @property
    def secrets(self) -> Iterator[Provided]:
        """The passwords of its users that the environment's provider brings."""
        for each in self.users:
            if each.external:
                asked = f"kafka.{self.name}.users.{each.name}"
                yield Provided(
                    self.namespace, each.password_secret, (SCRAM_KEY,), asked, each.external
                )

    def bootstrap(self, listener: Listener) -> str:
        """The address that clients in the Kubernetes cluster begin with."""
        return f"{self.name}-kafka-bootstrap.{self.namespace}.svc.cluster.local:{listener.port}"
