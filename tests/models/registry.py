"""A registry of a few versions that speaks MLflow's REST API as far as `synth model` listens.

Source: mlflow/mlflow mlflow/protos/{service,model_registry}.proto, 3.17.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.answers import Request, answering

CREATED = 1_795_567_284_956
"""Milliseconds: 2026-11-25T00:41:24+00:00."""


@dataclass(frozen=True)
class Version:
    """A registered version and the run that made it."""

    number: int
    metrics: Mapping[str, float] = field(default_factory=dict)
    status: str = "READY"
    location: str = ""
    run: str = ""
    mlflow: str = "3.17.2"

    @property
    def body(self) -> dict[str, Any]:
        return {
            "name": "sentiment",
            "version": str(self.number),
            "creation_timestamp": CREATED,
            "status": self.status,
            "run_id": self.run_id,
            "source": f"models:/m-{self.number}",
        }

    @property
    def run_id(self) -> str:
        return self.run or f"{self.number:032x}"

    @property
    def place(self) -> str:
        return self.location or f"mlflow-artifacts:/1/models/m-{self.number}/artifacts"


@contextmanager
def registry(versions: list[Version], aliases: Mapping[str, int] | None = None) -> Iterator[str]:
    """The address of such a registry on this machine, while it is needed."""
    known = {version.number: version for version in versions}

    def answer(request: Request) -> tuple[int, Any]:
        path = request.path.removeprefix("/api/2.0/")
        if path == "/api/3.0/mlflow/server-info":  # of later servers; clients do without
            return 404, {"error_code": "ENDPOINT_NOT_FOUND", "message": "not here"}
        return _answer(path, request.query, known, aliases or {})

    with answering(answer) as address:
        yield address


def _answer(
    path: str, asked: dict[str, str], known: dict[int, Version], aliases: Mapping[str, int]
) -> tuple[int, Any]:
    if path == "mlflow-artifacts/artifacts":
        return 200, {"files": []}  # what is asked for is a file, no folder
    if path.startswith("mlflow-artifacts/artifacts/"):
        number = int(path.split("/m-")[1].split("/", maxsplit=1)[0])
        return 200, f"mlflow_version: {known[number].mlflow}\n".encode()
    if path == "mlflow/runs/get":
        [version] = [each for each in known.values() if each.run_id == asked["run_id"]]
        return 200, {"run": _run(version)}
    name = asked.get("name", "sentiment")
    if name != "sentiment":
        return _missing(f"Registered Model with name={name} not found")
    if path.startswith("mlflow/registered-models/"):
        return _registered(path, asked, known, aliases)
    return _versions(path, asked, known)


def _registered(
    path: str, asked: dict[str, str], known: dict[int, Version], aliases: Mapping[str, int]
) -> tuple[int, Any]:
    if path == "mlflow/registered-models/get":
        return 200, {"registered_model": {"name": "sentiment"}}
    assert path == "mlflow/registered-models/alias", path
    alias = asked["alias"]
    if alias in aliases:
        return 200, {"model_version": known[aliases[alias]].body}
    message = f"Registered model alias {alias} not found."
    return 400, {"error_code": "INVALID_PARAMETER_VALUE", "message": message}


def _versions(path: str, asked: dict[str, str], known: dict[int, Version]) -> tuple[int, Any]:
    if path == "mlflow/model-versions/search":
        newest = sorted(known.values(), key=lambda each: -each.number)
        return 200, {"model_versions": [each.body for each in newest]}
    number = int(asked["version"])
    if number not in known:
        return _missing(f"Model Version (name=sentiment, version={number}) not found")
    if path == "mlflow/model-versions/get-download-uri":
        return 200, {"artifact_uri": known[number].place}
    assert path == "mlflow/model-versions/get", path
    return 200, {"model_version": known[number].body}


def _missing(message: str) -> tuple[int, Any]:
    return 404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": message}


def _run(version: Version) -> dict[str, Any]:
    return {
        "info": {"run_id": version.run_id, "experiment_id": "1", "status": "FINISHED"},
        "data": {
            "metrics": [
                {"key": key, "value": value, "timestamp": 0, "step": 0}
                for key, value in version.metrics.items()
            ],
            "tags": [{"key": "mlflow.source.git.commit", "value": f"{version.number:040x}"}],
        },
        "inputs": {
            "dataset_inputs": [
                {
                    "tags": [],
                    "dataset": {
                        "name": "comments",
                        "digest": f"data{version.number}",
                        "source_type": "code",
                        "source": "{}",
                    },
                }
            ]
        },
    }
