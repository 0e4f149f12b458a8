"""The broker that tests use is a broker."""

from __future__ import annotations

import pytest

from tests.kafka import Broker

pytestmark = pytest.mark.pipeline


def test_what_it_has_survives_its_death(broker: Broker) -> None:
    broker.create("durable", 2)
    broker.produce("durable", [(str(n), str(n).encode()) for n in range(50)])
    before = [(each.partition(), each.offset(), each.value()) for each in broker.consume("durable")]
    broker.kill()
    broker.start()
    after = [(each.partition(), each.offset(), each.value()) for each in broker.consume("durable")]
    assert after == before
    assert {value for _, _, value in after} == {str(n).encode() for n in range(50)}
    assert broker.committed("durable", "nobody") == {}
