"""The processor's HTTP server, with a topic that is a list."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from cloudevents.core.bindings.http import to_structured_event
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st
from processor.app import Application
from processor.kafka import NotWrittenError, TooLargeError
from starlette.testclient import TestClient

SENT = {
    "ce-specversion": "1.0",
    "ce-type": "dev.knative.kafka.event",
    "ce-source": "/apis/v1/namespaces/nlp/kafkasources/comments#comments",
    "ce-subject": "partition:0#7",
    "ce-id": "partition:0/offset:7",
    "ce-time": "2026-11-25T07:00:00Z",
    "ce-key": "5",
    "ce-partitionkey": "5",
}
"""How a KafkaSource sends a record (tests/processor/bridge.py)."""


@dataclass
class Topics:
    """Takes what is small enough, unless Kafka is down."""

    largest: int = 10_000
    down: bool = False
    closed: bool = False
    records: list[tuple[str, bytes | None, str, Mapping[str, str]]] = field(default_factory=list)

    async def write(
        self, topic: str, value: bytes | None, *, key: str, headers: Mapping[str, str]
    ) -> None:
        await asyncio.sleep(0)
        if self.down:
            raise NotWrittenError("all brokers are down")
        if value and len(value) > self.largest:
            raise TooLargeError("too large")
        self.records.append((topic, value, key, headers))

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def topics() -> Topics:
    return Topics()


def client_of(topics: Topics, dead_letters: str | None = "aside") -> TestClient:
    application = Application(topics, output_topic="clean", dead_letter_topic=dead_letters)
    return TestClient(application.server())


@pytest.fixture
def client(topics: Topics) -> Iterator[TestClient]:
    with client_of(topics) as client:
        yield client


def counted(client: TestClient) -> dict[str, int]:
    lines = [line.split(" ") for line in client.get("/metrics").text.splitlines()]
    prefix, suffix = "processor_events_", "_total"
    return {
        name.removeprefix(prefix).removesuffix(suffix): int(float(value))
        for name, value in (line for line in lines if len(line) == 2)
        if name.startswith(prefix) and name.endswith(suffix)
    }


def test_a_comment_in_binary_mode_is_cleaned_and_handed_on(
    client: TestClient, topics: Topics
) -> None:
    answer = client.post("/", headers=SENT, content=b'{"id": 5, "text": " so  good "}')
    assert (answer.status_code, answer.content) == (204, b"")
    value = b'{"id": "5", "text": "so good", "time": "2026-11-25T07:00:00Z"}'
    assert topics.records == [("clean", value, "5", {"content-type": "application/json"})]
    assert counted(client) == {
        "received": 1, "handed_on": 1, "dropped": 0, "put_aside": 0, "failed": 0,
    }  # fmt: skip
    assert "processor_event_seconds_count 1.0" in client.get("/metrics").text


def test_structured_mode_is_the_same(client: TestClient, topics: Topics) -> None:
    attributes = {"id": "1", "source": "/test", "type": "test", "specversion": "1.0"}
    message = to_structured_event(CloudEvent(attributes, {"id": "5", "text": "good"}))
    answer = client.post("/", headers=message.headers, content=message.body)
    assert answer.status_code == 204
    [(topic, value, key, _)] = topics.records
    assert (topic, key, json.loads(value or b"")["text"]) == ("clean", "5", "good")


def test_a_comment_without_a_text_is_dropped(client: TestClient, topics: Topics) -> None:
    assert client.post("/", headers=SENT, content=b'{"text": " "}').status_code == 204
    assert topics.records == []
    assert counted(client)["dropped"] == 1


@pytest.mark.parametrize(
    ("headers", "body", "reason"),
    [
        (SENT, b"good", "the data is no JSON"),
        (SENT, b"\xff", "the data is no JSON"),
        (SENT, b"", "the data is no JSON"),
        (SENT, b"[" * 100_000, "the data is no JSON"),
        (SENT, b'{"id": 5}', "there is no text"),
        ({"ce-id": "1"}, b'{"text": "a"}', "this is no CloudEvent: "),
        ({**SENT, "ce-specversion": "9"}, b'{"text": "a"}', "this is no CloudEvent: "),
        ({**SENT, "ce-time": "soon"}, b'{"text": "a"}', "this is no CloudEvent: "),
        ({"content-type": "application/cloudevents+json"}, b"[]", "this is no CloudEvent: "),
        ({}, b"good", "this is no CloudEvent: "),
    ],
)
def test_what_cannot_be_read_is_put_aside_as_it_came_with_the_reason(
    client: TestClient, topics: Topics, headers: dict[str, str], body: bytes, reason: str
) -> None:
    assert client.post("/", headers=headers, content=body).status_code == 204
    [(topic, value, key, about)] = topics.records or [("", None, "", {})]
    assert (topic, value, key) == (
        "aside",
        body if len(body) < topics.largest else None,
        headers.get("ce-id", ""),
    )
    assert about["reason"].startswith(reason)
    assert {name: about.get(name) for name in headers} == headers
    assert counted(client)["put_aside"] == 1


def test_without_a_place_for_it_what_cannot_be_read_is_refused(topics: Topics) -> None:
    with client_of(topics, dead_letters=None) as client:
        answer = client.post("/", headers=SENT, content=b"good")
        assert (answer.status_code, answer.text) == (422, "the data is no JSON")
        assert counted(client)["failed"] == 1
    assert topics.records == []


def test_a_comment_that_is_too_large_is_put_aside_without_its_text(
    client: TestClient, topics: Topics
) -> None:
    body = json.dumps({"text": "a" * 20_000})
    assert client.post("/", headers=SENT, content=body).status_code == 204
    reason = "the comment is too large to be handed on"
    [(topic, value, _, about)] = topics.records
    assert (topic, value, about["reason"]) == ("aside", None, reason)
    assert about["ce-subject"] == "partition:0#7", "the record still has it"


@pytest.mark.parametrize("body", [b'{"text": "good"}', b"good"])
def test_what_kafka_does_not_take_is_to_be_sent_again(
    client: TestClient, topics: Topics, body: bytes
) -> None:
    topics.down = True
    answer = client.post("/", headers=SENT, content=body)
    assert (answer.status_code, answer.text) == (503, "Kafka did not take it: all brokers are down")
    assert counted(client)["failed"] == 1
    topics.down = False
    assert client.post("/", headers=SENT, content=body).status_code == 204
    assert len(topics.records) == 1


def test_it_says_that_it_is_there_and_writes_everything_before_it_ends(topics: Topics) -> None:
    with client_of(topics) as client:
        assert client.get("/healthz").text == "ok"
        assert not topics.closed
    assert topics.closed


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
FIELDS = st.dictionaries(st.sampled_from(["id", "text", "time", "label", "language"]), JSON)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["id", "source", "type", "specversion", "time", "data", "subject"]), JSON
)


@given(st.one_of(JSON, FIELDS), ATTRIBUTES, st.booleans())
def test_whatever_comes_in_is_in_one_topic_or_dropped(
    data: Any, attributes: dict[str, Any], structured: bool
) -> None:
    topics = Topics()
    with client_of(topics) as client:
        if structured:
            headers = {"content-type": "application/cloudevents+json"}
            answer = client.post("/", headers=headers, content=json.dumps(attributes))
        else:
            answer = client.post("/", headers=SENT, content=json.dumps(data))
        assert answer.status_code == 204
        assert len(topics.records) + counted(client)["dropped"] == 1
