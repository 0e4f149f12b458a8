"""What an entry of `streams:` may say, and what it is told where it may not."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from synth.config.kafka import KafkaCluster
from synth.config.streaming import Stream

STREAM: dict[str, Any] = {
    "name": "comments",
    "team": "nlp",
    "kafka": {
        "bootstrapServers": ("kafka-kafka-bootstrap.kafka:9092",),
        "topic": {"name": "user-comments"},
        "cluster": {"name": "kafka"},
    },
    "source": {"consumerGroup": "nlp-comments"},
    "processor": {"image": "registry.example.com/nlp/comments:1.0.0"},
}


def mistakes(**changes: dict[str, Any]) -> list[tuple[str, str]]:
    changed = {key: {**STREAM.get(key, {}), **change} for key, change in changes.items()}
    with pytest.raises(ValidationError) as caught:
        Stream.model_validate({**STREAM, **changed}, context={"teams": {"nlp"}})
    return [
        (".".join(map(str, error["loc"])), error["msg"].removeprefix("Value error, "))
        for error in caught.value.errors()
    ]


def test_every_mistake_is_told_in_one_go() -> None:
    assert mistakes(
        kafka={"bootstrapServers": ("kafka", "kafka:99999"), "topic": {"name": "user comments"}},
        source={"delivery": {"deadLetterSink": "dead-letters", "backoffPolicy": "fast"}},
        processor={"minScale": 3, "maxScale": 2, "timeout": "11m", "healthPath": "healthz"},
    ) == [
        (
            "kafka.bootstrapServers.0",
            "'kafka' is not an address such as kafka-kafka-bootstrap.kafka:9092",
        ),
        ("kafka.bootstrapServers.1", "'kafka:99999' has the port 99999, must be within 1-65535"),
        (
            "kafka.topic.name",
            "'user comments' is not a topic's name: letters, digits, '.', '_' and '-', "
            "at most 249 characters",
        ),
        (
            "source.delivery.backoffPolicy",
            "Input should be 'exponential' or 'linear'",
        ),
        (
            "source.delivery.deadLetterSink",
            "'dead-letters' is not an address of the form http://service.namespace/path",
        ),
        (
            "processor.healthPath",
            "'healthz' is not a path such as /healthz",
        ),
        ("processor.maxScale", "is 2, must be at least minScale, which is 3"),
        ("processor.timeout", "11m is not within 1s-10m, which is what Knative takes"),
    ]


def test_a_consumer_group_is_always_written_down() -> None:
    with pytest.raises(ValidationError, match=r"source\.consumerGroup\n  Field required"):
        Stream.model_validate({**STREAM, "source": {}})


def test_a_consumer_without_a_partition_would_be_idle() -> None:
    source = {"consumerGroup": "nlp-comments", "consumers": 4}
    assert mistakes(source=source) == [
        (
            "source",
            "consumers is 4, must be at most the topic's 3 partitions: "
            "each is read by one consumer",
        )
    ]
    elsewhere = {**STREAM["kafka"], "cluster": None}
    Stream.model_validate({**STREAM, "kafka": elsewhere, "source": source})


def test_brokers_are_given_or_those_of_a_cluster() -> None:
    assert mistakes(kafka={"bootstrapServers": None, "cluster": None}) == [
        (
            "kafka",
            "says neither where brokers are nor which cluster they are of: add bootstrapServers, "
            "or cluster with an entry of kafka",
        )
    ]


def test_an_own_cluster_gives_the_address_of_the_listener_that_fits() -> None:
    cluster = KafkaCluster.model_validate(
        {
            "name": "kafka",
            "version": "3.9.0",
            "pools": ({"name": "nodes", "storage": {"size": "1Gi"}},),
            "listeners": (
                {"name": "tls", "authentication": "tls"},
                {"name": "scram", "port": 9094, "authentication": "scram-sha-512"},
            ),
        }
    )
    address = "kafka-kafka-bootstrap.kafka.svc.cluster.local"
    client = {"cert": {"name": "me", "key": "user.crt"}, "key": {"name": "me", "key": "user.key"}}
    for clients, servers in (
        ({"tls": {"client": client}}, [f"{address}:9093"]),
        ({"tls": {}, "sasl": {"secretName": "me"}}, [f"{address}:9094"]),
        ({"tls": {}}, []),
    ):
        kafka = {**STREAM["kafka"], "bootstrapServers": None, **clients}
        assert Stream.model_validate({**STREAM, "kafka": kafka}).kafka.servers([cluster]) == servers
    given = Stream.model_validate(STREAM).kafka
    assert given.servers([cluster]) == ["kafka-kafka-bootstrap.kafka:9092"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"deadLetters": {"name": "aside"}},
            "deadLetters without output: there is nobody to put anything there",
        ),
        (
            {"output": {"name": "user-comments"}},
            "user-comments: kafka.topic, output and deadLetters must be different",
        ),
        (
            {"output": {"name": "clean"}, "deadLetters": {"name": "clean"}},
            "clean: kafka.topic, output and deadLetters must be different",
        ),
        (
            {"output": {"name": "clean"}, "processor": {"env": {"OUTPUT_TOPIC": "other"}}},
            "processor: OUTPUT_TOPIC is what output and kafka say already: take it out",
        ),
    ],
)
def test_what_is_written_is_said_once(changes: dict[str, dict[str, Any]], said: str) -> None:
    assert mistakes(**changes) == [("", said)]
