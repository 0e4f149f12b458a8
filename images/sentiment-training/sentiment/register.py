"""A chosen model becomes a version of a registered model."""

from __future__ import annotations

import mlflow
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion

from sentiment import tracking
from sentiment.tracking import COMMIT, KUBEFLOW_RUN, ORIGIN, OUTCOME, REGISTERED


def register(client: MlflowClient, *, run: str, name: str) -> int:
    """Registers the model of a run, once however often it is asked; the version's number."""
    made = next((each for each in versions(client, name) if each.run_id == run), None)
    version = int(made.version) if made else _register(client, run, name)
    client.set_tag(run, OUTCOME, f"{REGISTERED}: version {version} of {name}")
    return version


def versions(client: MlflowClient, name: str) -> list[ModelVersion]:
    """The versions that can be served, the latest first."""
    quoted = name.replace("'", "\\'")
    found = client.search_model_versions(f"name='{quoted}'", order_by=["version_number DESC"])
    return [each for each in found if each.status == "READY"]


def _register(client: MlflowClient, run: str, name: str) -> int:
    found = client.get_run(run)
    said = found.data.tags.items()
    tags = {
        key: value for key, value in said if key in (COMMIT, KUBEFLOW_RUN) or key.startswith(ORIGIN)
    }
    version = mlflow.register_model(f"models:/{tracking.model_of(found)}", name, tags=tags)
    return int(version.version)
