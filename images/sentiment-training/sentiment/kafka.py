"""A bounded, repeatable part of a topic, and how far a consumer group has come.

No group is joined: partitions are assigned, so that two that read at the same time, or one that dies,
take nothing from each other.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic, sleep
from typing import TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

BATCH = 500
"""How many records are taken at once, at most."""
SETTINGS = {
    "KAFKA_SECURITY_PROTOCOL": "security.protocol",
    "KAFKA_SASL_MECHANISM": "sasl.mechanism",
    "KAFKA_SASL_USERNAME": "sasl.username",
    "KAFKA_SASL_PASSWORD": "sasl.password",
    "KAFKA_SSL_CA": "ssl.ca.pem",
    "KAFKA_SSL_CERTIFICATE": "ssl.certificate.pem",
    "KAFKA_SSL_KEY": "ssl.key.pem",
}
"""Variables, and what librdkafka calls the same (confluentinc/librdkafka CONFIGURATION.md)."""

PASSING = (
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
    KafkaError.NOT_LEADER_FOR_PARTITION,
)
"""What brokers answer for a moment while one takes over from another."""
T = TypeVar("T")


class TopicError(Exception):
    """The topic cannot be read as asked; the message says why."""


@dataclass(frozen=True, slots=True)
class Span:
    """Offsets of a partition from `start`, up to and without `end`."""

    start: int
    end: int


Spans = Mapping[int, Span]
"""By partition."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record and where it stands."""

    partition: int
    offset: int
    value: bytes | None


@contextmanager
def consumer(servers: str, group: str) -> Iterator[Consumer]:
    """A client that commits only when told to. Raises TopicError for what Kafka says of errors."""
    said = {name: os.environ.get(variable) for variable, name in SETTINGS.items()}
    client = Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": group,
            "enable.auto.commit": False,
            # The last records of a topic may be none: markers of transactions, or compacted away.
            "enable.partition.eof": True,
            "auto.offset.reset": "error",
            **{name: value for name, value in said.items() if value},
        }
    )
    try:
        yield client
    except KafkaException as error:
        raise TopicError(f"Kafka at {servers}: {error.args[0].str()}") from error
    finally:
        client.close()


def new_spans(
    client: Consumer, topic: str, *, from_beginning: bool, limit: int, seconds: float
) -> tuple[dict[int, Span], int]:
    """What the group has not committed yet, or all that the topic still has, up to where it ends now
    and at most `limit` records of each partition; and how many records the topic has deleted before
    the group came to them. Raises TopicError.
    """
    asked = [TopicPartition(topic, each) for each in _partitions(client, topic, seconds)]
    spans, lost = {}, 0
    for found in _committed(client, asked, seconds):
        low, high = _ends(client, found, seconds)
        start = low
        if found.offset >= 0 and not from_beginning:
            if found.offset > high:
                raise TopicError(
                    f"{topic}/{found.partition} ends at {high}, and the group has committed "
                    f"{found.offset}: it is another topic by the same name; give the group a new name"
                )
            start = max(low, found.offset)
            lost += start - found.offset
        spans[found.partition] = Span(start, min(high, start + limit))
    return spans, lost


def read(client: Consumer, topic: str, spans: Spans, *, seconds: float) -> list[Record]:
    """The records in these spans, by partition and offset. Raises TopicError, also when it takes longer
    than `seconds`.
    """
    deadline = monotonic() + seconds
    wanted = {partition: span for partition, span in spans.items() if span.start < span.end}
    for partition, span in wanted.items():
        _, high = _ends(client, TopicPartition(topic, partition), seconds)
        if high < span.end:
            raise TopicError(f"{topic}/{partition} ends at {high}, before {span.end}")
    client.assign([TopicPartition(topic, each, span.start) for each, span in wanted.items()])
    left, records = set(wanted), []
    while left:
        wait = deadline - monotonic()
        if wait <= 0:
            raise TopicError(f"{topic} could not be read to its end within {seconds:g} s")
        for message in client.consume(BATCH, min(wait, 1)):
            partition, offset = _place(message)
            if partition not in left:
                continue
            if message.error() is None and offset < wanted[partition].end:
                records.append(Record(partition, offset, message.value()))
            # The end of a partition is the offset after its last record, if that may be read already.
            last = wanted[partition].end - (message.error() is None)
            if offset >= last:
                left.discard(partition)
    return sorted(records, key=lambda each: (each.partition, each.offset))


def commit(client: Consumer, topic: str, spans: Spans, *, seconds: float) -> dict[int, int]:
    """Commits the ends of spans, never back to where the group was before; what it has committed now, by
    partition.
    """
    asked = [TopicPartition(topic, each) for each in sorted(spans)]
    before = {each.partition: each.offset for each in _committed(client, asked, seconds)}
    ahead = [
        TopicPartition(topic, each, span.end)
        for each, span in sorted(spans.items())
        if span.end > before[each]
    ]
    if ahead:
        _patiently(lambda: _sound(client.commit(offsets=ahead, asynchronous=False)), seconds)
    return {**before, **{each.partition: each.offset for each in ahead}}


def _committed(
    client: Consumer, asked: list[TopicPartition], seconds: float
) -> list[TopicPartition]:
    return _patiently(lambda: _sound(client.committed(asked, timeout=seconds)), seconds)


def _ends(client: Consumer, partition: TopicPartition, seconds: float) -> tuple[int, int]:
    return _patiently(lambda: client.get_watermark_offsets(partition, timeout=seconds), seconds)


def _sound(answers: list[TopicPartition]) -> list[TopicPartition]:
    for each in answers:
        if each.error:
            raise KafkaException(each.error)
    return answers


def _patiently(ask: Callable[[], T], seconds: float) -> T:
    """The answer, once what passes has passed."""
    deadline = monotonic() + seconds
    while True:
        try:
            return ask()
        except KafkaException as error:
            if error.args[0].code() not in PASSING or monotonic() > deadline:
                raise
        sleep(0.5)


def _partitions(client: Consumer, topic: str, seconds: float) -> Iterable[int]:
    found = client.list_topics(topic, timeout=seconds).topics[topic]
    if found.error:
        raise TopicError(f"there is no topic {topic}: {found.error.str()}")
    return sorted(found.partitions)


def _place(message: Message) -> tuple[int, int]:
    error = message.error()
    if error and error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001  (its name)
        raise KafkaException(error)
    partition, offset = message.partition(), message.offset()
    assert partition is not None
    assert offset is not None
    return partition, offset
