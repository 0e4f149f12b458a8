"""Servers as child processes: started on free ports of 127.0.0.1, stopped by process id."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

HOST = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def wait_for(what: str, ready: Callable[[], bool], seconds: float = 60) -> None:
    """Until `ready` says so; TimeoutError names what was waited for."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.2)


class Server:
    """A running process and its log."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        folder: Path,
        env: Mapping[str, str],
        *,
        nice: int = 0,
    ) -> None:
        """`nice` is how much it gives way to others, from 0 to 19 (nice(1))."""
        self.name = name
        self.log = folder / f"{name}.log"
        self._command = [str(each) for each in command]
        self._folder, self._env, self._nice = folder, env, nice
        self.start()

    def start(self) -> None:
        """Starts it again, where it has ended."""
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C reaches pytest alone, which stops the servers in order.
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                # Memory is there; the collector's time is not.
                env={**os.environ, "GOGC": "400", **self._env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        if self._nice:
            self._give_way()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def listens(self, port: int) -> bool:
        """Whether it answers there; RuntimeError with the end of its log if it has ended."""
        self.check()
        with socket.socket() as client:
            client.settimeout(1)
            return client.connect_ex((HOST, port)) == 0

    def check(self) -> None:
        """RuntimeError with the end of its log if it has ended."""
        if self.ended:
            end = self.log.read_text(errors="replace")[-3000:]
            raise RuntimeError(f"{self.name} ended with {self._process.returncode}:\n{end}")

    def kill(self) -> None:
        """End it without a word, as a machine that fails; returns once it has ended."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End it, kindly first; returns once it has ended."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _give_way(self) -> None:
        with suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PGRP, self.pid, self._nice)
        # Where Linux shares time out by session, that holds inside of this one only (sched(7), autogroup).
        group = Path(f"/proc/{self.pid}/autogroup")
        with suppress(OSError):
            try:
                group.write_text(str(self._nice))
            except BlockingIOError:
                # Ten times a second is what others than root may do it.
                time.sleep(0.2)
                group.write_text(str(self._nice))
