"""Where a registered version's files are for good: in the object store, whatever serves them."""

from __future__ import annotations

import re

_PROXIED = re.compile(
    r"(?:mlflow-artifacts:(?://[^/]*)?|https?://[^/]+(?:/.*)?/api/2\.0/mlflow-artifacts/artifacts)/+"
)
"""Addresses by which clients reach files through the tracking server (mlflow/mlflow
store/artifact/mlflow_artifacts_repo.py, 3.17.2)."""


class NotInObjectStoreError(Exception):
    """The files are where no storage initializer can read them."""


def object_store_uri(location: str, destination: str | None) -> str:
    """The object store's address of what the tracking server calls `location`.

    `destination` is what the server puts its artifacts into: s3://models.
    Raises NotInObjectStoreError.
    """
    if re.match(r"(s3|gs)://[^/]+/", location):
        return location
    path = _PROXIED.match(location)
    if not path:
        raise NotInObjectStoreError(f"its files are in {location}, which is no object store")
    if destination is None:
        raise NotInObjectStoreError(
            f"its files are in {location}, and the environment does not say which bucket that is: "
            "add mlflow.artifacts.destination"
        )
    return f"{destination.rstrip('/')}/{location[path.end() :]}"
