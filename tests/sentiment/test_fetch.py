"""Fetching from a real broker: bounded, repeatable, and nothing is committed that is not stored."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient
from sentiment.comments import read
from sentiment.fetch import Topic, committed, fetch
from sentiment.generated import comments
from sentiment.kafka import Span, TopicError, commit, consumer

from tests.kafka import Broker
from tests.repository import ROOT
from tests.servers import wait_for

pytestmark = pytest.mark.pipeline
GROUP = "sentiment-training"
Fetch = Callable[..., tuple[Path, dict[str, str | int]]]


@pytest.fixture
def topic(broker: Broker, request: pytest.FixtureRequest) -> Topic:
    name = request.node.name.replace("_", "-")[:200]
    broker.create(name, 3)
    return Topic(broker.address, name, GROUP, 30)


@pytest.fixture
def fetched(topic: Topic, tmp_path: Path) -> Fetch:
    """Fetches into a file of its own; the file, and where it is from."""

    def fetched(
        name: str, *, offsets: str = "", from_beginning: bool = False, limit: int = 100_000
    ) -> tuple[Path, dict[str, str | int]]:
        path = tmp_path / name
        origin = fetch(
            topic, offsets=offsets, from_beginning=from_beginning, limit=limit,
            comments=path, aside=tmp_path / f"{name}-aside",
        )  # fmt: skip
        return path, origin

    return fetched


def send(broker: Broker, topic: Topic, count: int, seed: int) -> set[str]:
    """Sends comments; their ids."""
    broker.produce(topic.name, [(str(n), each) for n, each in enumerate(comments(count, seed))])
    return {f"{seed}-{number}" for number in range(count)}


def ids(path: Path) -> set[str]:
    return {each.id for each in read(path)}


def test_the_same_offsets_give_the_same_bytes_whatever_came_later(
    broker: Broker, topic: Topic, fetched: Fetch
) -> None:
    sent = send(broker, topic, 600, 1)
    first, origin = fetched("first")
    assert ids(first) == sent
    assert origin["topic"] == topic.name
    assert json.loads(str(origin["offsets"])) == {
        str(each): [0, end] for each, end in broker.ends(topic.name).items()
    }
    send(broker, topic, 300, 2)
    committed(topic, first, origin)
    again, same = fetched("again", offsets=str(origin["offsets"]))
    assert again.read_bytes() == first.read_bytes()
    assert same == origin


def test_a_program_that_dies_before_its_file_is_stored_takes_nothing_with_it(
    broker: Broker, topic: Topic, fetched: Fetch, tmp_path: Path
) -> None:
    sent = send(broker, topic, 600, 1)
    lost = tmp_path / "lost"
    program = f"""
from pathlib import Path
from time import sleep
from sentiment.fetch import Topic, fetch
topic = Topic({topic.servers!r}, {topic.name!r}, {topic.group!r}, 30)
fetch(topic, offsets="", from_beginning=False, limit=10**6, comments=Path({str(lost)!r}), aside=Path({str(lost)!r} + "-aside"))
Path({str(lost)!r} + "-done").touch()
sleep(600)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT / "images/sentiment-training")},
    )
    wait_for("the file", (tmp_path / "lost-done").exists)
    process.send_signal(signal.SIGKILL)
    process.wait()
    broker.kill()
    broker.start()
    assert broker.committed(topic.name, GROUP) == {}
    path, origin = fetched("next")
    assert path.read_bytes() == lost.read_bytes()
    assert ids(path) == sent
    ends = broker.ends(topic.name)
    assert committed(topic, path, origin) == ends
    assert broker.committed(topic.name, GROUP) == ends
    more = send(broker, topic, 200, 2)
    assert ids(fetched("more")[0]) == more
    assert ids(fetched("everything", from_beginning=True)[0]) == sent | more


def test_what_is_stored_must_be_what_was_fetched(
    broker: Broker, topic: Topic, fetched: Fetch
) -> None:
    send(broker, topic, 100, 1)
    path, origin = fetched("comments")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(
        TopicError, match=r"^what is stored is not what was fetched: [0-9a-f]{64}, "
    ):
        committed(topic, path, origin)
    assert broker.committed(topic.name, GROUP) == {}


def test_a_run_that_is_late_takes_nothing_back(
    broker: Broker, topic: Topic, fetched: Fetch
) -> None:
    send(broker, topic, 100, 1)
    early = fetched("early")
    send(broker, topic, 100, 2)
    committed(topic, *fetched("late"))
    assert committed(topic, *early) == broker.ends(topic.name)
    assert broker.committed(topic.name, GROUP) == broker.ends(topic.name)


def test_a_limit_leaves_the_rest_for_the_next_run(
    broker: Broker, topic: Topic, fetched: Fetch
) -> None:
    broker.produce(topic.name, [(None, each) for each in comments(25, 1)], partition=1)
    found: list[set[str]] = []
    for number in range(3):
        path, origin = fetched(str(number), limit=10)
        found.append(ids(path))
        committed(topic, path, origin)
    assert [len(each) for each in found] == [10, 10, 5]
    assert len(set.union(*found)) == 25
    empty, origin = fetched("empty")
    assert (empty.read_bytes(), origin["comments"]) == (b"", 0)


def test_what_cannot_be_read_is_counted_and_put_aside(
    broker: Broker, topic: Topic, fetched: Fetch, tmp_path: Path
) -> None:
    records = [b"no JSON", b"[]", None, b'{"id": "1", "text": "good"}', b'{"id": "2"}']
    broker.produce(topic.name, [("key", each) for each in records], partition=2)
    path, origin = fetched("comments")
    assert ids(path) == {"1"}
    assert (origin["comments"], origin["unreadable"]) == (1, 4)
    aside = [json.loads(line) for line in (tmp_path / "comments-aside").read_text().splitlines()]
    assert [(each["partition"], each["offset"], each["reason"]) for each in aside] == [
        (2, 0, "the value is no JSON"),
        (2, 1, "the value is no JSON object"),
        (2, 2, "there is no value"),
        (2, 4, "there is no text"),
    ]
    values = [each["value"] and b64decode(each["value"]) for each in aside]
    assert values == [b"no JSON", b"[]", None, b'{"id": "2"}']


def test_what_the_topic_has_deleted_is_counted_and_cannot_be_fetched_again(
    broker: Broker, topic: Topic, fetched: Fetch
) -> None:
    broker.produce(topic.name, [(None, each) for each in comments(100, 1)], partition=0)
    path, origin = fetched("before", limit=30)
    committed(topic, path, origin)
    admin = AdminClient({"bootstrap.servers": broker.address})
    for done in admin.delete_records([TopicPartition(topic.name, 0, 50)]).values():
        done.result(30)
    _, after = fetched("after")
    assert json.loads(str(after["offsets"]))["0"] == [50, 100]
    assert after["lost"] == 20
    with pytest.raises(TopicError, match=f"^Kafka at {broker.address}: .*"):
        fetched("again", offsets=str(origin["offsets"]))


def test_a_group_that_is_further_than_the_topic(topic: Topic, fetched: Fetch) -> None:
    with consumer(topic.servers, topic.group) as client:
        commit(client, topic.name, {1: Span(0, 7)}, seconds=30)
    expected = (
        f"{topic.name}/1 ends at 0, and the group has committed 7: it is another topic by the same "
        "name; give the group a new name"
    )
    with pytest.raises(TopicError, match=f"^{expected}$"):
        fetched("comments")


def test_no_topic(broker: Broker, tmp_path: Path) -> None:
    nowhere = Topic(broker.address, "nowhere", GROUP, 10)
    with pytest.raises(
        TopicError, match=r"^there is no topic nowhere: Broker: Unknown topic or partition$"
    ):
        fetch(
            nowhere, offsets="", from_beginning=False, limit=1,
            comments=tmp_path / "a", aside=tmp_path / "b",
        )  # fmt: skip


def test_a_part_that_is_not_there(broker: Broker, topic: Topic, fetched: Fetch) -> None:
    send(broker, topic, 100, 1)
    end = broker.ends(topic.name)[0]
    with pytest.raises(TopicError, match=f"^{topic.name}/0 ends at {end}, before {end + 1}$"):
        fetched("beyond", offsets=json.dumps({"0": [0, end + 1]}))


def test_it_does_not_wait_for_ever(broker: Broker, topic: Topic, tmp_path: Path) -> None:
    send(broker, topic, 100, 1)
    begin = monotonic()
    broker.kill()
    try:
        with pytest.raises(TopicError, match=f"^Kafka at {broker.address}: "):
            fetch(
                replace(topic, seconds=3), offsets="", from_beginning=False, limit=1,
                comments=tmp_path / "a", aside=tmp_path / "b",
            )  # fmt: skip
        assert monotonic() - begin < 30
    finally:
        broker.start()
