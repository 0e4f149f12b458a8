"""A real Alertmanager that is configured by an AlertmanagerConfig, and a receiver of its requests."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.request import Request, urlopen

from synth.kit.objects import Body
from tests.events.programs import program
from tests.servers import HOST, Server, free_ports, wait_for

TOKEN = "s3cret"
EVERYTHING = "everything"
"""The path of a receiver that gets all alerts in one payload, resolved ones too."""


class Alerts:
    """What was sent to each path, and a way to raise alerts.

    Alertmanager leaves in a payload what was resolved since the last one, which is how firing and
    resolved alerts come together.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self.received: list[tuple[str, str, Any]] = []

    def raise_(self, *alerts: Body, resolved: bool = False) -> None:
        """Has alerts fire, or end."""
        ends = time.time() + (-1 if resolved else 3600)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ends))
        body = json.dumps([{**alert, "endsAt": stamp} for alert in alerts]).encode()
        request = Request(
            f"{self._address}/api/v2/alerts", body, {"Content-Type": "application/json"}
        )
        with urlopen(request, timeout=10) as response:
            assert response.status == 200

    @property
    def host(self) -> str:
        """Where Alertmanager listens: host and port."""
        return self._address.removeprefix("http://")

    def bodies(self, path: str) -> list[Any]:
        """The payloads that came to a path, in order."""
        return [body for each, _, body in self.received if each == path]

    def until(self, path: str, wanted: Callable[[Any], bool]) -> Any:
        """The first payload that came to a path and is wanted, once it has come."""

        def found() -> list[Any]:
            return [body for body in self.bodies(path) if wanted(body)]

        wait_for(f"a payload at {path}", lambda: bool(found()))
        return found()[0]


def running(config: Body, folder: Path) -> AbstractContextManager[Alerts]:
    """Alertmanager with the routes of an AlertmanagerConfig as the operator would write them, and
    one for everything; it waits a second where the object says minutes.
    """
    return configured(lambda address: json.dumps(_configuration(config, address)), folder)


@contextmanager
def configured(file: Callable[[str], str], folder: Path) -> Iterator[Alerts]:
    """Alertmanager with the configuration that `file` makes for the receiver's address."""
    [api] = free_ports(1)
    alerts = Alerts(f"http://{HOST}:{api}")
    receiver = ThreadingHTTPServer((HOST, 0), _handler(alerts))
    Thread(target=receiver.serve_forever, args=(0.01,), daemon=True).start()
    address = f"http://{HOST}:{receiver.server_port}"
    (folder / "alertmanager.yml").write_text(file(address))
    server = Server(
        "alertmanager",
        [
            program("alertmanager"),
            "--config.file=alertmanager.yml",
            f"--storage.path={folder / 'data'}",
            f"--web.listen-address={HOST}:{api}",
            "--cluster.listen-address=",
        ],
        folder,
        {},
    )
    try:
        wait_for("Alertmanager", lambda: server.listens(api))
        yield alerts
    finally:
        server.stop()
        receiver.shutdown()
        receiver.server_close()


def _configuration(config: Body, address: str) -> Any:
    """Source: prometheus-operator pkg/alertmanager/amcfg.go, v0.93.0; JSON is YAML."""
    route, [receiver] = config["spec"]["route"], config["spec"]["receivers"]
    [webhook] = receiver["webhookConfigs"]
    namespace = config["metadata"]["namespace"]
    own = f"{namespace}/{config['metadata']['name']}/{receiver['name']}"
    matchers = [
        f"{each['name']}{each['matchType']}{json.dumps(each['value'])}"
        for each in route["matchers"]
    ]
    soon = {"group_wait": "1s", "group_interval": "1s", "repeat_interval": "1h"}
    return {
        "route": {
            "receiver": EVERYTHING,
            **soon,
            "routes": [
                {
                    "receiver": own,
                    "matchers": [f'namespace="{namespace}"', *matchers],
                    "group_by": route["groupBy"],
                    "continue": True,
                },
                {"receiver": EVERYTHING, "group_by": []},
            ],
        },
        "receivers": [
            {
                "name": own,
                "webhook_configs": [
                    {
                        "url": address + "/" + webhook["url"].rpartition("/")[2],
                        "send_resolved": webhook["sendResolved"],
                        "http_config": {
                            "authorization": {
                                "type": webhook["httpConfig"]["authorization"]["type"],
                                "credentials": TOKEN,
                            }
                        },
                    }
                ],
            },
            {
                "name": EVERYTHING,
                "webhook_configs": [{"url": f"{address}/{EVERYTHING}", "send_resolved": True}],
            },
        ],
    }


def _handler(alerts: Alerts) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            path = self.path.strip("/")
            token = self.headers.get("Authorization", "")
            alerts.received.append((path, token, json.loads(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
