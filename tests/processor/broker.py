"""A Kafka broker of its own, from Maven Central."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from tests.conftest import alone
from tests.repository import ROOT
from tests.servers import HOST, Server, free_ports, wait_for

POM = ROOT / "tests/tools/kafka/pom.xml"
NEEDED = ("java", "mvn")


class Broker:
    """One node that is broker and controller; `address` is where clients begin."""

    def __init__(self, folder: Path) -> None:
        clients, controller = free_ports(2)
        self.address = f"{HOST}:{clients}"
        settings = folder / "server.properties"
        settings.write_text(_settings(clients, controller, folder / "log"))
        java = ["java", "-Xmx512m", "-cp", f"{_jars()}/*"]
        identity = "4L6g3nShT-eMCtK--X86sw"
        subprocess.run(
            [*java, "kafka.tools.StorageTool", "format", "-t", identity, "-c", settings],
            check=True, capture_output=True,
        )  # fmt: skip
        self._server = Server("kafka", [*java, "kafka.Kafka", settings], folder, {})
        try:
            wait_for("Kafka", lambda: self._server.listens(clients), 120)
        except BaseException:
            self._server.stop()
            raise

    def create(self, topic: str, partitions: int) -> None:
        """Makes a topic."""
        admin = AdminClient({"bootstrap.servers": self.address})
        for done in admin.create_topics([NewTopic(topic, partitions, 1)]).values():
            done.result(60)

    def stop(self) -> None:
        """Ends it."""
        self._server.stop()


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
