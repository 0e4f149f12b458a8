"""Where records are read from: a topic of Kafka, or files with one JSON object a line.

A read ends: it goes to where the topic ended when it began, within a time limit. It joins no
consumer group and commits nothing, so that it can be done again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

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


class SourceError(Exception):
    """Records cannot be read; the message says why."""


def lines(address: str, *, since: datetime, seconds: float) -> Iterator[bytes]:
    """The records at `kafka://<host:port>,…/<topic>` that were written since then, or all those in a
    file or a folder of files. Raises SourceError, also when it takes longer than `seconds`.
    """
    if not address.startswith("kafka://"):
        yield from in_files(Path(address))
        return
    parts = urlsplit(address)
    said = {name: os.environ.get(variable) for variable, name in SETTINGS.items()}
    consumer = Consumer(
        {
            "bootstrap.servers": parts.netloc,
            # librdkafka wants a name; partitions are assigned, so that no group is joined.
            "group.id": "evaluation",
            "enable.auto.commit": False,
            # The last records of a topic may be none: markers of transactions, or compacted away.
            "enable.partition.eof": True,
            **{name: value for name, value in said.items() if value},
        }
    )
    try:
        yield from in_topic(consumer, parts.path.strip("/"), since=since, seconds=seconds)
    except KafkaException as error:
        raise SourceError(f"{address}: {error.args[0].str()}") from error
    finally:
        consumer.close()


def in_topic(consumer: Consumer, topic: str, *, since: datetime, seconds: float) -> Iterator[bytes]:
    """What was written to a topic since then, up to where it ends now.

    Raises SourceError and KafkaException.
    """
    deadline = monotonic() + seconds
    ends, starts = _range(consumer, topic, since, seconds)
    consumer.assign(starts)
    left = {start.partition for start in starts}
    while left:
        wait = deadline - monotonic()
        if wait <= 0:
            raise SourceError(f"{topic} could not be read to its end within {seconds:g} s")
        for message in consumer.consume(BATCH, min(wait, 1)):
            partition, offset, error = message.partition(), message.offset(), message.error()
            if error and error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001  (its name)
                raise KafkaException(error)
            assert partition is not None
            assert offset is not None
            value = message.value()
            if not error and value is not None and offset < ends[partition]:
                yield value
            if error or offset >= ends[partition] - 1:
                left.discard(partition)


def _range(
    consumer: Consumer, topic: str, since: datetime, seconds: float
) -> tuple[dict[int, int], list[TopicPartition]]:
    """Where each partition ends, and where to begin in those with anything new."""
    found = consumer.list_topics(topic, timeout=seconds).topics[topic]
    if found.error:
        raise SourceError(f"there is no topic {topic}: {found.error.str()}")
    time = int(since.timestamp() * 1000)
    asked = [TopicPartition(topic, number, time) for number in sorted(found.partitions)]
    starts = consumer.offsets_for_times(asked, timeout=seconds)
    ends = {
        each.partition: consumer.get_watermark_offsets(each, timeout=seconds)[1] for each in asked
    }
    # Where nothing was written since then the offset is negative.
    return ends, [start for start in starts if 0 <= start.offset < ends[start.partition]]


def in_files(path: Path) -> Iterator[bytes]:
    """The lines of a file, or of the files in a folder. Raises SourceError."""
    files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
    for file in files:
        try:
            with file.open("rb") as content:
                yield from (line for line in content if line.strip())
        except OSError as error:
            raise SourceError(f"{file}: {error.strerror}") from error
