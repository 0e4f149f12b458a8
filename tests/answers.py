"""An HTTP server of a few answers, on 127.0.0.1."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit


class Request(NamedTuple):
    """What is asked of the server; `body` is None or what its JSON said."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    token: str


Answer = Callable[[Request], tuple[int, Any]]
"""Status and body come out, as bytes or as what becomes JSON."""


@contextmanager
def answering(answer: Answer) -> Iterator[str]:
    """The server's address, while it is needed; what is not expected of it is a failure there."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, body = answer(
                Request(
                    self.command,
                    url.path,
                    {key: value for key, [value] in parse_qs(url.query).items()},
                    json.loads(sent) if sent else None,
                    self.headers.get("Authorization", ""),
                )
            )
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            # Who did not wait for the answer has gone.
            with suppress(ConnectionError):
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        def do_POST(self) -> None:
            self.do_GET()

        def do_PUT(self) -> None:
            self.do_GET()

        def do_PATCH(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
