"""The workflow that measures accuracy, run on time as Argo Workflows would run it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING

from story.configuration import MODEL, TEAM
from story.training import TEMPLATE, command
from tests.repository import ROOT

if TYPE_CHECKING:
    from story.stage import Stage

EVERY = 10.0
"""Seconds between two runs, which are an hour apart in production."""
_BROKER = "events-kafka-bootstrap.kafka.svc.cluster.local:9092"
_GATEWAY = "http://pushgateway.monitoring.svc.cluster.local:9091"


@contextmanager
def evaluating(it: Stage) -> Iterator[None]:
    """While accuracy is measured."""
    template = it.apis["prod"].one(TEMPLATE, f"{MODEL}-evaluation", TEAM)
    assert template, "no workflow that measures accuracy"
    words = [
        word.replace(_BROKER, it.broker.address).replace(_GATEWAY, it.watched().pushgateway)
        for word in command(template, "accuracy", {})
    ]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "images/evaluation")}
    over = Event()

    def work() -> None:
        while not over.wait(EVERY):
            subprocess.run([sys.executable, *words[1:]], env=env, capture_output=True, check=False)

    thread = Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
