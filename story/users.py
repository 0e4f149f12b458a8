"""The people whose comments the story is about: they ask the model what it makes of a comment, and say
afterwards what was meant.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any

import httpx2
from confluent_kafka import Producer
from sentiment.generated import comments

from story.serving import ID, Answered
from tests.model_server import question

PREDICTIONS, FEEDBACK = "predictions", "feedback"
"""The topics that images/evaluation reads (environments/base.yaml, sentiment-evaluation)."""
_BATCH = 500
"""Comments that are made up at once."""


def prediction(answered: Answered, model: str) -> bytes:
    """What is written of an answered request: what Seldon's request logger is told, in the form that
    images/evaluation reads.
    """
    asked, said = json.loads(answered.question), json.loads(answered.answer)
    record = {
        "id": answered.id,
        "time": datetime.now(UTC).isoformat(),
        "model": model,
        "version": answered.predictor.version,
        "input": asked["inputs"][0]["data"][0],
        "prediction": str(said["outputs"][0]["data"][0]),
    }
    return json.dumps(record).encode()


class Writer:
    """Writes records to topics of Kafka."""

    def __init__(self, address: str) -> None:
        self._producer = Producer(
            {"bootstrap.servers": address, "acks": "all", "linger.ms": 50, "log_level": 0}
        )
        self._lock = Lock()

    def write(self, topic: str, record: bytes) -> None:
        with self._lock:
            self._producer.produce(topic, record)
            self._producer.poll(0)

    def close(self) -> None:
        """Returns once everything is written."""
        assert self._producer.flush(60) == 0


@dataclass
class Users:
    """Ask `rate` times a second, whatever becomes of it; `drifted` is how they speak by now."""

    address: str
    writer: Writer
    seed: int
    rate: float
    drifted: bool = False
    asked: int = 0
    unanswered: list[str] = field(default_factory=list)
    """What came instead of each answer that did not come."""
    _words: dict[bool, Iterator[Any]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def ask(self, client: httpx2.Client) -> None:
        """Asks about one comment, and says what was meant."""
        with self._lock:
            drifted = self.drifted
            if drifted not in self._words:
                self._words[drifted] = _endless(self.seed, drifted=drifted)
            comment = next(self._words[drifted])
            self.asked += 1
        try:
            reply = client.post(f"{self.address}/infer", json=question([comment["text"]]))
        except httpx2.HTTPError as error:
            self.unanswered.append(repr(error))
            return
        if not reply.is_success:
            self.unanswered.append(f"{reply.status_code} {reply.text}")
            return
        verdict = {
            "id": reply.headers[ID],
            "time": datetime.now(UTC).isoformat(),
            "truth": comment["label"],
        }
        self.writer.write(FEEDBACK, json.dumps(verdict).encode())


@contextmanager
def asking(users: Users, threads: int = 12) -> Iterator[None]:
    """While they ask, side by side, so that slow answers keep nobody else from asking."""
    over = Event()
    began, turns, lock = monotonic(), count(), Lock()

    def work() -> None:
        with httpx2.Client(timeout=30) as client:
            while not over.is_set():
                with lock:
                    turn = next(turns)
                if over.wait(max(0.0, began + turn / users.rate - monotonic())):
                    return
                users.ask(client)

    crowd = [Thread(target=work, daemon=True) for _ in range(threads)]
    for each in crowd:
        each.start()
    try:
        yield
    finally:
        over.set()
        for each in crowd:
            each.join()


def _endless(seed: int, *, drifted: bool) -> Iterator[Any]:
    for number in count():
        for each in comments(_BATCH, seed * 10_000 + number, drifted=drifted):
            yield json.loads(each)
