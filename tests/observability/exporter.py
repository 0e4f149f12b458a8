"""What a model's pod shows of its requests, as the serving engine shows it; the test decides how long
they take.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.observability.trials import Engine
from tests.servers import HOST

TICK = 0.05
"""Seconds between two batches of requests."""


class Exporter:
    """Answers `latencies`, in seconds, over and over: one request each in every TICK.

    It shows the histogram of them with the labels of the pod's own process.
    """

    def __init__(self, engine: Engine, labels: Mapping[str, str]) -> None:
        self.latencies: tuple[float, ...] = ()
        self.path = ""
        """Of the last request that somebody made for them."""
        self._engine, self._labels = engine, labels
        self._seen: Counter[float] = Counter()

    def answer(self) -> None:
        """One batch of requests."""
        self._seen.update(self.latencies)

    def text(self) -> str:
        """Source: Prometheus' exposition formats, text-based format."""
        engine, seen = self._engine, dict(self._seen)
        lines = [f"# TYPE {engine.metric} histogram"]
        for edge in (*engine.edges, float("inf")):
            below = sum(count for latency, count in seen.items() if latency <= edge)
            le = "+Inf" if edge == float("inf") else f"{edge * engine.unit:g}"
            lines.append(self._line("bucket", below, le=le))
        total = sum(latency * count for latency, count in seen.items())
        lines.append(self._line("sum", total * engine.unit))
        lines.append(self._line("count", sum(seen.values())))
        return "\n".join(lines) + "\n"

    def _line(self, suffix: str, value: float, **more: str) -> str:
        labels = {**self._labels, self._engine.code: self._engine.good, **more}
        chosen = ",".join(f'{name}="{each}"' for name, each in labels.items())
        return f"{self._engine.metric}_{suffix}{{{chosen}}} {value}"


@contextmanager
def exporting(exporter: Exporter) -> Iterator[str]:
    """Its address, host and port, while it answers."""
    server = ThreadingHTTPServer((HOST, 0), _handler(exporter))
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(TICK):
            exporter.answer()

    threads = [threading.Thread(target=each, daemon=True) for each in (server.serve_forever, work)]
    for thread in threads:
        thread.start()
    try:
        yield f"{HOST}:{server.server_port}"
    finally:
        ended.set()
        server.shutdown()
        server.server_close()


def _handler(exporter: Exporter) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            exporter.path = self.path
            body = exporter.text().encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
