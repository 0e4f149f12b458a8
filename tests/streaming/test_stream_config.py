"""What an entry of `streams:` may say, and what it is told where it may not."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

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
    changed = {key: {**STREAM[key], **change} for key, change in changes.items()}
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
