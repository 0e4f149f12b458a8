"""A real registry: MLflow before an S3 server."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from tests.interpreters import REGISTRY, python
from tests.servers import HOST, Server, free_ports, wait_for

BUCKET = "models"
_BUCKET_PROGRAM = Path(__file__).parent / "bucket.py"


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

    def run(self, program: Path, *arguments: str | Path) -> str:
        """What a program prints that is run by its interpreter."""
        done = subprocess.run(
            [self.interpreter, program, *arguments],
            env={**os.environ, **self.env}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def fetch(self, uri: str, folder: Path) -> None:
        """Copies what is there in the bucket into a folder, as a storage initializer does."""
        self.run(_BUCKET_PROGRAM, "fetch", uri, folder)


@contextmanager
def running(folder: Path, store: str = "") -> Iterator[Registry]:
    """MLflow with its artifacts in a bucket; what it knows is in `store`, a database's address, or in
    SQLite.
    """
    interpreter = python(REGISTRY)
    programs = interpreter.parent
    s3, tracking = free_ports(2)
    it = Registry(interpreter, f"http://{HOST}:{tracking}", f"http://{HOST}:{s3}")
    servers = [Server("s3", [programs / "moto_server", "-H", HOST, "-p", str(s3)], folder, it.env)]
    try:
        wait_for("the object store", lambda: servers[0].listens(s3))
        it.run(_BUCKET_PROGRAM, "create", BUCKET)
        serve: list[str | Path] = [
            programs / "mlflow", "server", "--host", HOST, "--port", str(tracking), "--workers", "1",
            "--backend-store-uri", store or f"sqlite:///{folder}/mlflow.db",
            "--artifacts-destination", f"s3://{BUCKET}",
        ]  # fmt: skip
        env = {**it.env, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
        servers.append(Server("mlflow", serve, folder, env))
        wait_for("MLflow", lambda: servers[1].listens(tracking) and _healthy(it), 120)
        yield it
    finally:
        for server in reversed(servers):
            server.stop()


def _healthy(it: Registry) -> bool:
    with urlopen(f"{it.address}/health", timeout=5) as answer:
        return bool(answer.status == 200)
