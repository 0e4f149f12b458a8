"""The broker that tests use is a broker."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kafka import NEEDED, Broker

pytestmark = pytest.mark.pipeline


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    missing = [name for name in NEEDED if not shutil.which(name)]
    if missing:
        pytest.skip(f"needs {' and '.join(missing)} on PATH")
    broker = Broker(tmp_path)
    try:
        yield broker
    finally:
        broker.stop()


def test_what_it_has_survives_its_death(broker: Broker) -> None:
    broker.create("comments", 2)
    broker.produce("comments", [(str(n), str(n).encode()) for n in range(50)])
    before = [
        (each.partition(), each.offset(), each.value()) for each in broker.consume("comments")
    ]
    broker.kill()
    broker.start()
    after = [(each.partition(), each.offset(), each.value()) for each in broker.consume("comments")]
    assert after == before
    assert {value for _, _, value in after} == {str(n).encode() for n in range(50)}
    assert broker.committed("comments", "nobody") == {}
