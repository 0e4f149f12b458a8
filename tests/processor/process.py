"""The processor of comments as a process of this machine."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from tests.kafka import Broker
from tests.repository import ROOT
from tests.servers import HOST, Server, free_ports, wait_for

CLEAN, ASIDE = "comments-clean", "comments-aside"
"""The topics that it writes to."""


class Processor:
    """The processor as a process, which can be ended and started again at the same address."""

    def __init__(self, broker: Broker, folder: Path) -> None:
        [self._port] = free_ports(1)
        self.address = f"http://{HOST}:{self._port}/"
        self._folder = folder
        self._told = {
            "HOST": HOST,
            "PORT": str(self._port),
            "KAFKA_BOOTSTRAP_SERVERS": broker.address,
            "OUTPUT_TOPIC": CLEAN,
            "DEAD_LETTER_TOPIC": ASIDE,
            "PYTHONPATH": str(ROOT / "images/processor"),
        }
        self.server = self._start()

    def _start(self) -> Server:
        server = Server("processor", [sys.executable, "-m", "processor"], self._folder, self._told)
        wait_for("the processor", lambda: server.listens(self._port))
        return server

    def again(self, how: signal.Signals) -> None:
        """Ends it in this way and starts it again."""
        os.kill(self.server.pid, how)
        wait_for("its end", lambda: self.server.ended)
        self.server = self._start()
