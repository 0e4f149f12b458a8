"""From what the tracking server calls a place to the object store's own address."""

from __future__ import annotations

import re

import pytest

from synth.edit.artifacts import NotInObjectStoreError, object_store_uri


@pytest.mark.parametrize(
    ("location", "destination", "uri"),
    [
        ("mlflow-artifacts:/1/models/m-1/artifacts", "s3://models", "s3://models/1/models/m-1/artifacts"),
        ("mlflow-artifacts://mlflow:5000/1/m", "s3://models/prod/", "s3://models/prod/1/m"),
        ("https://ml.example.com/api/2.0/mlflow-artifacts/artifacts/1/m", "s3://b", "s3://b/1/m"),
        ("s3://elsewhere/1/m", "s3://models", "s3://elsewhere/1/m"),
        ("gs://elsewhere/1/m", None, "gs://elsewhere/1/m"),
    ],
)  # fmt: skip
def test_the_object_stores_own_address(location: str, destination: str | None, uri: str) -> None:
    assert object_store_uri(location, destination) == uri


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("file:///mlruns/1/m", "its files are in file:///mlruns/1/m, which is no object store"),
        ("dbfs:/models/1", "its files are in dbfs:/models/1, which is no object store"),
        (
            "mlflow-artifacts:/1/m",
            "its files are in mlflow-artifacts:/1/m, and the environment does not say which bucket "
            "that is: add mlflow.artifacts.destination",
        ),
    ],
)
def test_what_no_storage_initializer_reads(location: str, message: str) -> None:
    with pytest.raises(NotInObjectStoreError, match=f"^{re.escape(message)}$"):
        object_store_uri(location, None)
