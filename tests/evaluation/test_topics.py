"""A read of a topic ends, whatever the topic does, and can be done again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import OFFSET_END, KafkaError, KafkaException, TopicPartition
from evaluation.sources import SourceError, in_topic, lines

SINCE = datetime(2026, 11, 25, tzinfo=UTC)
BEGIN = int(SINCE.timestamp() * 1000)


@dataclass
class Written:
    """A record as librdkafka hands it over, or the end of a partition."""

    at: int
    timestamp: int
    content: bytes | None
    number: int = 0
    ended: KafkaError | None = None

    def partition(self) -> int:
        return self.number

    def offset(self) -> int:
        return self.at

    def value(self) -> bytes | None:
        return self.content

    def error(self) -> KafkaError | None:
        return self.ended


class Topic:
    """A consumer of partitions that hold this, to which somebody else goes on writing.

    `end` is where a partition ends beyond its last record; a `stuck` one hands over nothing.
    """

    def __init__(
        self,
        *partitions: list[Written],
        end: int = 0,
        stuck: bool = False,
        fails: KafkaError | None = None,
    ) -> None:
        self.partitions = partitions
        self.ends = [max((end, *(each.at + 1 for each in own))) for own in partitions]
        self.positions: dict[int, int] = {}
        self.stuck = stuck
        self.fails = fails

    def list_topics(self, topic: str, timeout: float) -> Any:
        assert timeout > 0
        there = topic == "t"
        known = dict.fromkeys(range(len(self.partitions)))
        error = None if there else KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART)
        found = SimpleNamespace(partitions=known if there else {}, error=error)
        return SimpleNamespace(topics={topic: found})

    def get_watermark_offsets(self, partition: TopicPartition, timeout: float) -> tuple[int, int]:
        assert timeout > 0
        return 0, self.ends[partition.partition]

    def offsets_for_times(
        self, asked: list[TopicPartition], timeout: float
    ) -> list[TopicPartition]:
        assert timeout > 0
        found = []
        for each in asked:
            own = self.partitions[each.partition]
            later = [record.at for record in own if record.timestamp >= each.offset]
            found.append(TopicPartition("t", each.partition, min(later, default=OFFSET_END)))
        return found

    def assign(self, starts: list[TopicPartition]) -> None:
        self.positions = {start.partition: start.offset for start in starts}

    def consume(self, count: int, timeout: float) -> list[Written]:
        assert count > 1
        assert timeout > 0
        if self.fails:
            return [Written(0, 0, None, 0, self.fails)]
        if self.stuck:
            return []
        batch = []
        for number, position in self.positions.items():
            own = self.partitions[number]
            there = [each for each in own if each.at >= position][:2]
            batch += [replace(each, number=number) for each in there]
            if not there:
                ended = KafkaError(KafkaError._PARTITION_EOF)
                batch.append(Written(self.ends[number], 0, None, number, ended))
                own.append(Written(self.ends[number], BEGIN + 10_000, b"new"))
            else:
                self.positions[number] = there[-1].at + 1
        return batch


def written(*values: str, start: int = 0, time: int = BEGIN) -> list[Written]:
    return [
        Written(start + number, time + number, value.encode())
        for number, value in enumerate(values)
    ]


def read(topic: Topic, name: str = "t", *, seconds: float = 5) -> list[bytes]:
    consumer: Any = topic
    return sorted(in_topic(consumer, name, since=SINCE, seconds=seconds))


def test_what_was_written_since_then_is_read_up_to_where_it_ended() -> None:
    topic = Topic(
        written("old", time=BEGIN - 5) + written("a", "b", "c", start=1),
        written("d", start=70),
        written("older", time=BEGIN - 5),
        [],
    )
    assert read(topic) == [b"a", b"b", b"c", b"d"]


def test_gaps_and_records_without_a_value_end_too() -> None:
    gap = [*written("a"), Written(5, BEGIN, None), *written("b", start=9)]
    assert read(Topic(gap)) == [b"a", b"b"]


def test_an_end_without_a_record_is_one() -> None:
    """Where a transaction ended or a record was compacted away."""
    assert read(Topic(written("a", "b"), end=7)) == [b"a", b"b"]


def test_a_topic_without_anything_new_is_not_waited_for() -> None:
    assert read(Topic(written("old", time=BEGIN - 5), [], stuck=True)) == []


def test_a_topic_that_does_not_answer_is_given_up() -> None:
    with pytest.raises(SourceError) as caught:
        read(Topic(written("a"), stuck=True), seconds=0.05)
    assert str(caught.value) == "t could not be read to its end within 0.05 s"


def test_a_topic_that_fails_does_not_pass_for_one_that_ended() -> None:
    failure = KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED)
    with pytest.raises(KafkaException) as caught:
        read(Topic(written("a"), fails=failure))
    assert caught.value.args[0] == failure


def test_a_topic_that_is_not_there() -> None:
    with pytest.raises(SourceError) as caught:
        read(Topic([]), "other")
    unknown = KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART).str()
    assert str(caught.value) == f"there is no topic other: {unknown}"


def test_a_broker_that_is_not_there_is_given_up() -> None:
    address = "kafka://127.0.0.1:1/predictions"
    with pytest.raises(SourceError) as caught:
        list(lines(address, since=SINCE, seconds=0.2))
    assert str(caught.value).startswith(f"{address}: ")
