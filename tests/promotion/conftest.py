"""A real registry: MLflow before an S3 server, with two versions of a model in it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.promotion.tools import REGISTRY, python
from tests.servers import HOST, Server, free_ports, wait_for

BUCKET = "models"
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Registry:
    """Where MLflow and the object store listen, and the interpreter that they are run by."""

    interpreter: Path
    address: str
    object_store: str

    @property
    def env(self) -> dict[str, str]:
        """What clients of both need to know."""
        return {
            "MLFLOW_TRACKING_URI": self.address,
            "AWS_ENDPOINT_URL": self.object_store,
            "MLFLOW_S3_ENDPOINT_URL": self.object_store,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "somebody",
            "AWS_SECRET_ACCESS_KEY": "secret",
        }

    def run(self, program: str, *arguments: str | Path) -> str:
        """What one of the programs beside this file prints."""
        done = subprocess.run(
            [self.interpreter, HERE / program, *arguments],
            env={**os.environ, **self.env}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def train(self, accuracy: float) -> int:
        """Trains and registers a version; its number."""
        return int(self.run("train.py", "sentiment", str(accuracy)).split()[-1])


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """MLflow with SQLite, and its artifacts in a bucket."""
    interpreter = python(REGISTRY)
    programs = interpreter.parent
    folder = tmp_path_factory.mktemp("registry")
    s3, tracking = free_ports(2)
    it = Registry(interpreter, f"http://{HOST}:{tracking}", f"http://{HOST}:{s3}")
    servers = [Server("s3", [programs / "moto_server", "-H", HOST, "-p", str(s3)], folder, it.env)]
    try:
        wait_for("the object store", lambda: servers[0].listens(s3))
        it.run("bucket.py", "create", BUCKET)
        serve: list[str | Path] = [
            programs / "mlflow", "server", "--host", HOST, "--port", str(tracking), "--workers", "1",
            "--backend-store-uri", f"sqlite:///{folder}/mlflow.db",
            "--artifacts-destination", f"s3://{BUCKET}",
        ]  # fmt: skip
        servers.append(Server("mlflow", serve, folder, it.env))
        wait_for("MLflow", lambda: servers[1].listens(tracking) and _healthy(it), 120)
        yield it
    finally:
        for server in reversed(servers):
            server.stop()


def _healthy(it: Registry) -> bool:
    with urlopen(f"{it.address}/health", timeout=5) as answer:
        return bool(answer.status == 200)
