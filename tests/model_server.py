"""MLServer with what images/model-server has, and questions to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

from tests.interpreters import SERVER, python
from tests.servers import HOST, Server, free_ports, wait_for


@contextmanager
def model_server(name: str, model: Path, folder: Path) -> Iterator[str]:
    """MLServer as Seldon's operator starts it (SeldonIO/seldon-core operator/controllers/
    mlserver.go, 1.17.1); the model's address.
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
    try:
        wait_for("MLServer", lambda: server.listens(http) and _ready(address), 120)
        yield address
    finally:
        server.stop()


def _ready(address: str) -> bool:
    try:
        with urlopen(f"{address}/ready", timeout=5) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


def answer(address: str, comments: list[str]) -> list[str]:
    """What the model says of comments, by the V2 protocol."""
    question = {
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
    request = Request(f"{address}/infer", json.dumps(question).encode())
    request.add_header("Content-Type", "application/json")
    with urlopen(request, timeout=30) as reply:
        [output] = json.loads(reply.read())["outputs"]
    return [str(each) for each in output["data"]]
