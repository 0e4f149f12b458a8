"""MLflow's model registry, asked for one version of one model.

Source: mlflow/mlflow mlflow/tracking/client.py, run against a server, 3.17.2.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from synth.clients import ClientError

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run
    from mlflow.entities.model_registry import ModelVersion

_TIMES = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "10", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"}
"""Seconds and tries after the first, where the environment does not say otherwise; MLflow's own
would have somebody wait for minutes."""
_COMMIT = "mlflow.source.git.commit"


class RegistryError(ClientError):
    """The registry is away, or has not what was asked for."""


@dataclass(frozen=True, slots=True)
class RegisteredVersion:
    """A version as the registry knows it.

    `location` is where its files are, as the tracking server says: `mlflow-artifacts:/1/…` where
    clients reach them through it. `mlflow` is the version of the library that wrote them, `created`
    a time in ISO 8601; what is not known is None.
    """

    model: str
    version: int
    location: str
    run: str
    commit: str | None
    data: str | None
    created: str
    mlflow: str | None
    metrics: Mapping[str, float]


class Registry:
    """The registry at an address; credentials come from MLFLOW_TRACKING_USERNAME and the like.

    Raises RegistryError where MLflow's client is not installed.
    """

    def __init__(self, address: str) -> None:
        for name, value in _TIMES.items():
            os.environ.setdefault(name, value)
        try:
            from mlflow import MlflowClient
        except ModuleNotFoundError:
            raise RegistryError("mlflow-skinny is not installed: `make registry`") from None
        self._address = address
        self._client: MlflowClient = MlflowClient(tracking_uri=address, registry_uri=address)

    def version(self, model: str, version: int) -> RegisteredVersion:
        """A version by its number. Raises RegistryError."""
        with self._asked(model):
            found = self._client.get_model_version(model, str(version))
        return self._known(found)

    def alias(self, model: str, alias: str) -> RegisteredVersion:
        """The version that an alias points to. Raises RegistryError."""
        with self._asked(model):
            found = self._client.get_model_version_by_alias(model, alias)
        return self._known(found)

    def latest(self, model: str) -> RegisteredVersion:
        """The highest version that is READY. Raises RegistryError."""
        with self._asked(model):
            self._client.get_registered_model(model)
            found = self._client.search_model_versions(
                f"name={_quoted(model)}", order_by=["version_number DESC"]
            )
        ready = next((each for each in found if each.status == "READY"), None)
        if ready is None:
            raise RegistryError(f"{self._address}: {model} has no version that is READY")
        return self._known(ready)

    def metrics(self, model: str, version: int) -> Mapping[str, float]:
        """The last value of every metric of the run that made a version. Raises RegistryError."""
        with self._asked(model):
            found = self._client.get_model_version(model, str(version))
        return dict(self._run(found).data.metrics)

    def _run(self, found: ModelVersion) -> Run:
        """The run that made a version, which is READY. Raises RegistryError."""
        if found.status != "READY":
            raise RegistryError(
                f"{self._address}: version {found.version} of {found.name} is {found.status}, "
                "not READY"
            )
        if not found.run_id:
            raise RegistryError(
                f"{self._address}: version {found.version} of {found.name} names no run that made "
                "it: register it from a run"
            )
        with self._asked(found.name):
            return self._client.get_run(found.run_id)

    def _known(self, found: ModelVersion) -> RegisteredVersion:
        run = self._run(found)
        with self._asked(found.name):
            location = self._client.get_model_version_download_uri(found.name, found.version)
        created = datetime.fromtimestamp(found.creation_timestamp / 1000, UTC)
        return RegisteredVersion(
            model=found.name,
            version=int(found.version),
            location=location,
            run=run.info.run_id,
            commit=run.data.tags.get(_COMMIT),
            data=_data(run),
            created=created.isoformat(timespec="seconds"),
            mlflow=self._library(location),
            metrics=dict(run.data.metrics),
        )

    def _library(self, location: str) -> str | None:
        """The version of MLflow that wrote a model; None where its files cannot be read here."""
        from mlflow.artifacts import download_artifacts

        with TemporaryDirectory() as folder:
            try:
                path = download_artifacts(
                    f"{location}/MLmodel", dst_path=folder, tracking_uri=self._address
                )
            except Exception:  # noqa: BLE001  (boto3's own, where the bucket is asked itself)
                return None
            written = re.search(r"^mlflow_version: (\d+\.\d+\.\d+)", Path(path).read_text(), re.M)
        return written[1] if written else None

    @contextmanager
    def _asked(self, what: str) -> Iterator[None]:
        from mlflow.exceptions import MlflowException

        try:
            yield
        except MlflowException as error:
            raise RegistryError(f"{self._address}: {_reason(error, what)}") from None


def _reason(error: Exception, what: str) -> str:
    """One line of what MLflow says; its messages about connections are pages long."""
    text = str(error)
    if "timed out" in text or "timeout exception" in text:
        return f"does not answer within {os.environ['MLFLOW_HTTP_REQUEST_TIMEOUT']} s"
    if "failed with exception" in text:
        return f"does not answer ({text.rpartition('Caused by ')[2].strip('()') or text})"
    return f"{what}: {text.partition(': ')[2] or text}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '\\"') + '"'


def _data(run: Run) -> str | None:
    inputs = run.inputs.dataset_inputs if run.inputs else []
    digests = [each.dataset.digest for each in inputs]
    return ", ".join(digests) or None
