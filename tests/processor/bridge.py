"""Stands in for a KafkaSource: reads a topic and posts each record as exactly the event that it sends.

Source: knative-extensions/eventing-kafka-broker data-plane/dispatcher, InvalidCloudEventInterceptor
(a record that is no CloudEvent becomes one) and the offset managers (commit what was delivered).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from threading import Event, Lock, Thread

import httpx2
from confluent_kafka import Consumer, KafkaException, Message

_AT_ONCE = 60
"""Records that are read before what was delivered of them is committed."""
SOURCE = "/apis/v1/namespaces/nlp/kafkasources/comments"


def headers(message: Message) -> dict[str, str]:
    """The headers of a record's event in binary mode."""
    partition, offset = message.partition(), message.offset()
    when = datetime.fromtimestamp(message.timestamp()[1] / 1000, UTC)
    event = {
        "ce-specversion": "1.0",
        "ce-id": f"partition:{partition}/offset:{offset}",
        "ce-time": when.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "ce-type": "dev.knative.kafka.event",
        "ce-source": f"{SOURCE}#{message.topic()}",
        "ce-subject": f"partition:{partition}#{offset}",
    }
    key = message.key()
    if key is not None:
        event["ce-key"] = event["ce-partitionkey"] = key.decode()
    for name, value in record_headers(message).items():
        if name.lower() == "content-type":
            event["content-type"] = value.decode().lower()
        else:
            plain = "".join(each for each in name.lower() if each.isascii() and each.isalnum())
            event[f"ce-kafkaheader{plain}"] = value.decode()
    return event


def record_headers(message: Message) -> dict[str, bytes]:
    """The headers of a record, by name."""
    given = message.headers() or []
    assert isinstance(given, list)
    found = {}
    for name, value in given:
        assert isinstance(value, bytes)
        found[name] = value
    return found


class Bridge:
    """Reads `topic` in a thread until it is stopped: the records of a partition one after the other, the
    partitions side by side. An event that is not taken is sent again until it is, and its offset is
    committed only then.
    """

    def __init__(self, brokers: str, topic: str, sink: str) -> None:
        self._consumer = Consumer(
            {
                "bootstrap.servers": brokers,
                "group.id": "comments-processor",
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
            }
        )
        self._consumer.subscribe([topic])
        self._sink = sink
        self._stopping = Event()
        self._lock = Lock()
        self.delivered = 0
        self.repeated = 0
        self._thread = Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        """Returns once it has ended; whatever was not delivered is not committed."""
        self._stopping.set()
        self._thread.join()
        self._consumer.close()

    def _run(self) -> None:
        with httpx2.Client(timeout=30) as client, ThreadPoolExecutor() as pool:
            while not self._stopping.is_set():
                partitions: dict[int | None, list[Message]] = defaultdict(list)
                for message in self._consumer.consume(_AT_ONCE, 0.2):
                    if not message.error():
                        partitions[message.partition()].append(message)
                for last in pool.map(partial(self._deliver, client), partitions.values()):
                    if last:
                        # What could not be committed is delivered once more.
                        with suppress(KafkaException):
                            self._consumer.commit(message=last, asynchronous=False)

    def _deliver(self, client: httpx2.Client, messages: Iterable[Message]) -> Message | None:
        """The last that was delivered before it was stopped."""
        last = None
        for message in messages:
            while not self._taken(client, message):
                if self._stopping.wait(0.1):
                    return last
            last = message
        return last

    def _taken(self, client: httpx2.Client, message: Message) -> bool:
        try:
            answer = client.post(
                self._sink, headers=headers(message), content=message.value() or b""
            )
            taken = answer.is_success
        except httpx2.TransportError:
            taken = False
        with self._lock:
            self.delivered += taken
            self.repeated += not taken
        return taken
