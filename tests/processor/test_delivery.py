"""Comments from a real broker through the processor to another topic: none is lost on the way."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from confluent_kafka import Producer

from tests.kafka import NEEDED, Broker
from tests.processor.bridge import SOURCE, Bridge, record_headers
from tests.processor.process import ASIDE, CLEAN, Processor
from tests.servers import wait_for

pytestmark = pytest.mark.kafka
COMMENTS = "comments"
EVERY = 20
"""So often a record is no comment."""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    missing = [name for name in NEEDED if not shutil.which(name)]
    if missing:
        pytest.skip(f"needs {' and '.join(missing)} on PATH")
    broker = Broker(tmp_path)
    try:
        for topic, partitions in ((COMMENTS, 3), (CLEAN, 2), (ASIDE, 1)):
            broker.create(topic, partitions)
        yield broker
    finally:
        broker.stop()


@pytest.fixture
def processor(broker: Broker, tmp_path: Path) -> Iterator[Processor]:
    processor = Processor(broker, tmp_path)
    try:
        yield processor
    finally:
        processor.server.stop()


def send(broker: Broker, numbers: range) -> None:
    producer = Producer({"bootstrap.servers": broker.address})
    for number in numbers:
        said: dict[str, Any] = {"id": number, "text": f"  comment  {number} ", "label": "good"}
        value = b"no JSON" if number % EVERY == 0 else json.dumps(said).encode()
        producer.produce(COMMENTS, value, key=str(number), headers={"Trace-Id": str(number)})
    assert producer.flush(60) == 0


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_no_comment_is_lost_when_the_processor_ends_and_starts_again(
    broker: Broker, processor: Processor, how: signal.Signals
) -> None:
    total = 600
    send(broker, range(total))
    bridge = Bridge(broker.address, COMMENTS, processor.address)
    try:
        for part in (1, 2):
            wait_for("a third", lambda: bridge.delivered >= part * total // 3, 120)  # noqa: B023
            processor.again(how)
        wait_for("all", lambda: bridge.delivered >= total, 120)
    finally:
        bridge.stop()
    assert bridge.repeated, "it was away"
    clean = [json.loads(message.value() or b"") for message in broker.consume(CLEAN)]
    unreadable = {str(number) for number in range(0, total, EVERY)}
    assert {each["id"] for each in clean} == {str(n) for n in range(total)} - unreadable
    assert {(each["text"], each["label"]) for each in clean} == {
        (f"comment {each['id']}", "good") for each in clean
    }
    aside = broker.consume(ASIDE)
    assert {message.value() for message in aside} == {b"no JSON"}
    about = [record_headers(message) for message in aside]
    assert {each["ce-key"].decode() for each in about} == unreadable
    for each in about:
        assert each["reason"] == b"the data is no JSON"
        assert each["ce-type"] == b"dev.knative.kafka.event"
        assert each["ce-source"] == f"{SOURCE}#{COMMENTS}".encode()
        assert each["ce-kafkaheadertraceid"] == each["ce-key"]


def test_what_was_answered_is_not_sent_again(broker: Broker, processor: Processor) -> None:
    for numbers in (range(1, EVERY), range(EVERY + 1, EVERY + 2)):
        send(broker, numbers)
        bridge = Bridge(broker.address, COMMENTS, processor.address)
        try:
            wait_for("all", lambda: bridge.delivered >= len(numbers), 60)  # noqa: B023
        finally:
            bridge.stop()
        assert (bridge.delivered, bridge.repeated) == (len(numbers), 0)
    assert len(broker.consume(CLEAN)) == EVERY


def test_while_kafka_is_away_nothing_is_answered_as_done(
    broker: Broker, processor: Processor
) -> None:
    broker.stop()
    event = {"ce-specversion": "1.0", "ce-type": "t", "ce-source": "/t", "ce-id": "1"}
    answer = httpx2.post(processor.address, headers=event, content=b'{"text": "good"}', timeout=60)
    assert answer.status_code == 503
    assert answer.text.startswith("Kafka did not take it: ")
