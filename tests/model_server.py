"""MLServer with what images/model-server has, and questions to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from tests.interpreters import SERVER, python
from tests.servers import HOST, Server, free_ports, wait_for


@dataclass(frozen=True)
class ModelServer:
    """A running MLServer, and the address of its model."""

    server: Server
    address: str

    @property
    def ready(self) -> bool:
        """Whether the model is loaded; RuntimeError where the server has ended."""
        self.server.check()
        try:
            with urlopen(f"{self.address}/ready", timeout=5) as reply:
                return bool(reply.status == 200)
        except OSError:
            return False


@contextmanager
def model_server(name: str, model: Path, folder: Path) -> Iterator[str]:
    """The address of a model, once MLServer has loaded it."""
    running = started(name, model, folder)
    try:
        wait_for("MLServer", lambda: running.ready, 120)
        yield running.address
    finally:
        running.server.stop()


def started(name: str, model: Path, folder: Path) -> ModelServer:
    """MLServer as Seldon's operator starts it (SeldonIO/seldon-core operator/controllers/
    mlserver.go, 1.17.1).
    """
    http, grpc, metrics = free_ports(3)
    env = {
        "MLSERVER_HOST": HOST,
        "MLSERVER_HTTP_PORT": str(http),
        "MLSERVER_GRPC_PORT": str(grpc),
        "MLSERVER_METRICS_PORT": str(metrics),
        "MLSERVER_MODEL_IMPLEMENTATION": "mlserver_mlflow.MLflowRuntime",
        "MLSERVER_MODEL_URI": str(model),
        "MLSERVER_MODEL_NAME": name,
    }
    address = f"http://{HOST}:{http}/v2/models/{name}"
    server = Server("mlserver", [python(SERVER).parent / "mlserver", "start", model], folder, env)
    return ModelServer(server, address)


def question(comments: list[str]) -> dict[str, Any]:
    """What a model is asked about comments, by the V2 protocol."""
    return {
        "parameters": {"content_type": "pd"},
        "inputs": [
            {
                "name": "text",
                "shape": [len(comments), 1],
                "datatype": "BYTES",
                "parameters": {"content_type": "str"},
                "data": comments,
            }
        ],
    }


def answer(address: str, comments: list[str]) -> list[str]:
    """What the model says of comments."""
    request = Request(f"{address}/infer", json.dumps(question(comments)).encode())
    request.add_header("Content-Type", "application/json")
    with urlopen(request, timeout=30) as reply:
        [output] = json.loads(reply.read())["outputs"]
    return [str(each) for each in output["data"]]
