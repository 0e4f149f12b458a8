"""A real Kafka broker, one node in KRaft mode, from Maven Central, and what tests ask of it.

The settings are those of apache/kafka config/server.properties and core/src/main/scala/kafka, 4.1.0.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from confluent_kafka import Consumer, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from tests.conftest import alone
from tests.servers import HOST, Server, free_ports, wait_for

POM = Path(__file__).parent / "tools/kafka/pom.xml"
NEEDED = ("java", "mvn")
"""What has to be on PATH."""
SECONDS = 60
"""How long a broker that runs may take for an answer."""


class Broker:
    """A node that is broker and controller, its data below `folder`; `address` is where clients begin."""

    def __init__(self, folder: Path) -> None:
        self._port, controller = free_ports(2)
        self.address = f"{HOST}:{self._port}"
        self._folder = folder
        self._settings = folder / "server.properties"
        self._settings.write_text(_settings(self._port, controller, folder / "log"))
        self._java = ["java", "-Xmx512m", "-cp", f"{_jars()}/*"]
        identity = "4L6g3nShT-eMCtK--X86sw"
        subprocess.run(
            [*self._java, "kafka.tools.StorageTool", "format", "-t", identity, "-c", self._settings],
            check=True, capture_output=True,
        )  # fmt: skip
        self.start()

    def start(self) -> None:
        """Begins, or goes on with the data that it had; returns once it answers."""
        self._server = Server(
            "kafka", [*self._java, "kafka.Kafka", self._settings], self._folder, {}
        )
        try:
            wait_for("Kafka", lambda: self._server.listens(self._port) and self._answers(), 120)
        except BaseException:
            self._server.stop()
            raise

    def kill(self) -> None:
        """Ends it without a word, as a machine that fails; `start` brings it back."""
        self._server.kill()

    def stop(self) -> None:
        """Ends it."""
        self._server.stop()

    def create(self, topic: str, partitions: int) -> None:
        """Makes a topic."""
        # Bound to a name: the answers go with the client.
        admin = AdminClient({"bootstrap.servers": self.address})
        for done in admin.create_topics([NewTopic(topic, partitions, 1)]).values():
            done.result(SECONDS)

    def produce(
        self, topic: str, records: Iterable[tuple[str | None, bytes | None]], partition: int = -1
    ) -> None:
        """Writes records, key and value, to one partition or by their keys; returns once it has all."""
        producer = Producer({"bootstrap.servers": self.address, "acks": "all", "linger.ms": 5})
        for key, value in records:
            producer.produce(topic, value, key=key, partition=partition)
            producer.poll(0)
        assert producer.flush(SECONDS) == 0

    def consume(self, topic: str) -> list[Message]:
        """Every record that a topic has now, partition after partition."""
        consumer = Consumer({"bootstrap.servers": self.address, "group.id": "the test"})
        try:
            ends = self.ends(topic)
            consumer.assign([TopicPartition(topic, each, 0) for each in ends])
            read: list[Message] = []
            while len(read) < sum(ends.values()):
                message = consumer.poll(SECONDS)
                assert message, f"{len(read)} of {sum(ends.values())} records"
                assert not message.error()
                read.append(message)
        finally:
            consumer.close()
        return sorted(read, key=lambda each: (each.partition() or 0, each.offset() or 0))

    def ends(self, topic: str) -> dict[int, int]:
        """Where each partition ends."""
        consumer = Consumer({"bootstrap.servers": self.address, "group.id": "the test"})
        try:
            numbers = sorted(consumer.list_topics(topic, SECONDS).topics[topic].partitions)
            return {
                each: consumer.get_watermark_offsets(TopicPartition(topic, each), SECONDS)[1]
                for each in numbers
            }
        finally:
            consumer.close()

    def committed(self, topic: str, group: str) -> dict[int, int]:
        """What a consumer group has committed, by partition; what it has not is not there."""
        consumer = Consumer({"bootstrap.servers": self.address, "group.id": group})
        try:
            asked = [TopicPartition(topic, each) for each in self.ends(topic)]
            found = consumer.committed(asked, timeout=SECONDS)
            return {each.partition: each.offset for each in found if each.offset >= 0}
        finally:
            consumer.close()

    def _answers(self) -> bool:
        admin = AdminClient({"bootstrap.servers": self.address})
        return bool(admin.list_topics(timeout=SECONDS).brokers)


def _jars() -> Path:
    """The folder of the broker's jars, fetched once and kept outside the tree."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"), "kfsynth-kafka")
    cache.mkdir(parents=True, exist_ok=True)
    folder = cache / hashlib.sha256(POM.read_bytes()).hexdigest()[:16]
    with alone(cache, folder.name):
        if not (folder / "whole").exists():
            shutil.rmtree(folder, ignore_errors=True)
            copy = ["dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
            subprocess.run(["mvn", "--batch-mode", "--quiet", "-f", POM, *copy], check=True)
            (folder / "whole").touch()
    return folder


def _settings(clients: int, controller: int, log: Path) -> str:
    said = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@{HOST}:{controller}",
        "listeners": f"PLAINTEXT://{HOST}:{clients},CONTROLLER://{HOST}:{controller}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{clients}",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": log,
        "auto.create.topics.enable": "false",
        "offsets.topic.replication.factor": 1,
        "offsets.topic.num.partitions": 1,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "group.initial.rebalance.delay.ms": 0,
    }
    return "".join(f"{key}={value}\n" for key, value in said.items())
