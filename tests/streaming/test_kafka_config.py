"""What an entry of `kafka:` may say, and what it is told where it may not."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from synth.config.kafka import KafkaCluster

CLUSTER: dict[str, Any] = {
    "name": "events",
    "version": "3.9.0",
    "pools": ({"name": "nodes", "storage": {"size": "100Gi", "class": "fast"}},),
}


def pool(**said: Any) -> dict[str, Any]:
    return {"name": "nodes", "storage": {"size": "1Gi"}, **said}


def listener(**said: Any) -> dict[str, Any]:
    return {"name": "tls", **said}


def mistakes(**changes: Any) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as caught:
        KafkaCluster.model_validate({**CLUSTER, **changes})
    return [
        (".".join(map(str, error["loc"])), error["msg"].removeprefix("Value error, "))
        for error in caught.value.errors()
    ]


@pytest.mark.parametrize(
    ("changes", "where", "said"),
    [
        ({"version": "3.9"}, "version", "'3.9' is not a version of Kafka such as 3.9.0"),
        (
            {"pools": (pool(replicas=2),)},
            "pools",
            "have 2 controllers, must have an odd number: they decide by majority",
        ),
        (
            {"pools": (pool(roles=("broker",)),)},
            "pools",
            "have 0 controllers, must have an odd number: they decide by majority",
        ),
        (
            {"pools": (pool(roles=("controller",)),)},
            "pools",
            "have no broker: give one of them the role",
        ),
        (
            {"pools": (pool(roles=("broker", "broker")),)},
            "pools.0.roles",
            "must have broker, controller or both, each once",
        ),
        ({"listeners": ()}, "listeners", "is empty, must have one listener at least"),
        (
            {"listeners": (listener(port=9091),)},
            "listeners.0.port",
            "is 9091, must be at least 9092 and none of 9404, 9999, which the operator takes",
        ),
        (
            {"listeners": (listener(), listener(name="other"))},
            "listeners",
            "the port 9093 is there twice",
        ),
        (
            {
                "listeners": (
                    listener(authentication="tls"),
                    listener(name="plain", port=9092, tls=False),
                )
            },
            "listeners",
            "plain: without authentication every request would be refused, because other "
            "listeners have one and with it access lists count",
        ),
        (
            {"listeners": (listener(authentication="tls", tls=False),)},
            "listeners.0",
            "authentication: tls needs tls, which carries the certificates",
        ),
        (
            {"config": {"sasl.enabled.mechanisms": "PLAIN", "process.roles": "broker"}},
            "config",
            "process.roles, sasl.enabled.mechanisms: the operator sets this itself",
        ),
        (
            {"users": ({"name": "me", "authentication": "tls"},)},
            "users",
            "me shows who it is by tls, and no listener asks for that (there: scram-sha-512)",
        ),
        (
            {"users": ({"name": "me"},), "listeners": (listener(),)},
            "users",
            "me shows who it is by scram-sha-512, and no listener asks for that (there: none)",
        ),
        (
            {"users": ({"name": "me", "authentication": "tls", "external": "kafka/me"},)},
            "users.0",
            "external is a password, which tls has none of",
        ),
        (
            {
                "users": (
                    {
                        "name": "me",
                        "acls": ({"resource": {"type": "topic"}, "operations": ("All",)},),
                    },
                )
            },
            "users.0.acls.0.resource",
            "topic needs a name",
        ),
        (
            {
                "users": (
                    {
                        "name": "me",
                        "acls": (
                            {"resource": {"type": "cluster", "name": "x"}, "operations": ("All",)},
                        ),
                    },
                )
            },
            "users.0.acls.0.resource",
            "cluster has no name",
        ),
    ],
)
def test_a_mistake_is_told_once_with_the_way_out(
    changes: dict[str, Any], where: str, said: str
) -> None:
    assert mistakes(**changes) == [(where, said)]


def test_options_that_only_look_like_the_operator_s_own_are_taken() -> None:
    config = {"ssl.protocol": "TLSv1.3", "auto.create.topics.enable": False}
    assert KafkaCluster.model_validate({**CLUSTER, "config": config}).config == config
