"""What stands before a predictor's MLServer: it hands requests on, and shows the executor's metrics,
measured on MLServer's answers, by their real names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import perf_counter
from typing import NamedTuple

import httpx2
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from story.predictors import Predictor
from synth.catalog.metrics import SELDON_REST
from tests.model_server import ModelServer
from tests.servers import HOST

METRICS = "/prometheus"
"""Where the executor shows its metrics (SeldonIO/seldon-core executor/cmd/executor/main.go, 1.17.1)."""
_IDLE = 2.0
"""Seconds for which a connection is kept for the next request: fewer than the 5 after which MLServer's
uvicorn closes it (encode/uvicorn uvicorn/config.py, 0.54.0, timeout_keep_alive), so that no request is
sent on one that is just being closed.
"""


class Reply(NamedTuple):
    """What comes back over HTTP."""

    status: int
    body: bytes
    headers: Mapping[str, str] = {}


class Executor:
    """Stands before a predictor's MLServer: hands requests on and measures them."""

    def __init__(self, deployment: str, predictor: Predictor, server: ModelServer) -> None:
        self.predictor, self.server = predictor, server
        self._http = httpx2.Client(timeout=30, limits=httpx2.Limits(keepalive_expiry=_IDLE))
        self._registry = CollectorRegistry()
        labels = {
            SELDON_REST.model: deployment,
            "predictor_name": predictor.name,
            SELDON_REST.version: predictor.version,
            "service": "predictions",
            "method": "post",
        }
        self._labels = labels
        self._seconds = Histogram(
            SELDON_REST.metric, "Requests", [*labels, "code"], registry=self._registry
        )
        self._http_server = listening(self._show)

    @property
    def host(self) -> str:
        """Where its metrics are scraped."""
        return f"{HOST}:{self._http_server.server_port}"

    def ask(self, body: bytes) -> Reply:
        """MLServer's answer."""
        began = perf_counter()
        try:
            answer = self._http.post(f"{self.server.address}/infer", content=body)
            status, content = answer.status_code, answer.content
        except httpx2.HTTPError as error:
            status, content = 502, str(error).encode()
        spent = perf_counter() - began
        self._seconds.labels(**self._labels, code=str(status)).observe(spent)
        return Reply(status, content)

    def close(self) -> None:
        self._http_server.shutdown()
        self._http_server.server_close()
        self._http.close()

    def _show(self, path: str, _: bytes) -> Reply:
        return Reply(200, generate_latest(self._registry)) if path == METRICS else Reply(404, b"")


Handle = Callable[[str, bytes], Reply]
"""Path and body come in."""


def listening(handle: Handle) -> ThreadingHTTPServer:
    """A server on a port of its own that answers so, until it is shut down and closed."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Else a body waits 40 ms until the client has acknowledged the headers.
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            reply = handle(self.path, body)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer((HOST, 0), Handler)
    server.daemon_threads = True
    # It ends as soon as it is told to.
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server
