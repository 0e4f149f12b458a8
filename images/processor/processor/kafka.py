"""Records to Kafka, each acknowledged by all replicas that are in sync."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from threading import Event, Thread
from typing import Any, Protocol

from confluent_kafka import KafkaError, KafkaException, Message, Producer


class NotWrittenError(Exception):
    """Kafka has not acknowledged a record; it may still have it."""


class TooLargeError(NotWrittenError):
    """A record is larger than the topic takes, also the next time."""


class Writer(Protocol):
    """Whoever writes records."""

    async def write(
        self, topic: str, value: bytes | None, *, key: str, headers: Mapping[str, str]
    ) -> None:
        """Returns once Kafka has the record. Raises NotWrittenError."""

    def close(self) -> None:
        """Writes what is under way and stops."""


class KafkaWriter:
    """Writes by librdkafka, whose answers a thread waits for.

    `config` is librdkafka's own; within `delivery.timeout.ms` every record is written or not.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._producer = Producer({**config, "acks": "all", "enable.idempotence": True})
        self._stopping = Event()
        self._thread = Thread(target=self._poll, name="kafka", daemon=True)
        self._thread.start()

    async def write(
        self, topic: str, value: bytes | None, *, key: str, headers: Mapping[str, str]
    ) -> None:
        loop = asyncio.get_running_loop()
        written: asyncio.Future[None] = loop.create_future()

        def answered(error: KafkaError | None, _: Message) -> None:
            loop.call_soon_threadsafe(_settle, written, error)

        try:
            self._producer.produce(
                topic,
                value,
                key=key.encode(),
                headers={name: text.encode(errors="replace") for name, text in headers.items()},
                on_delivery=answered,
            )
        except KafkaException as error:
            raise _failure(error.args[0]) from None
        except BufferError as error:
            raise NotWrittenError(str(error)) from None
        await written

    def close(self) -> None:
        self._producer.flush()
        self._stopping.set()
        self._thread.join()

    def _poll(self) -> None:
        while not self._stopping.is_set():
            self._producer.poll(0.1)


def _settle(written: asyncio.Future[None], error: KafkaError | None) -> None:
    if written.done():  # whoever waited has gone
        return
    if error is None:
        written.set_result(None)
    else:
        written.set_exception(_failure(error))


def _failure(error: KafkaError) -> NotWrittenError:
    if error.code() == KafkaError.MSG_SIZE_TOO_LARGE:
        return TooLargeError(error.str())
    return NotWrittenError(error.str())
