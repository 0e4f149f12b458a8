"""`mlflow:`: the tracking server, which is also the model registry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from synth.config.base import Image, Name, NonEmpty, Quantity, Resources, Section
from synth.kit.secrets import Provided

CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
"""The keys of the object store's Secret, and the variables that they become."""
OLDEST = (3, 14, 0)
"""The first version whose `mlflow db upgrade` takes an empty database: earlier ones fail on its
first migration (mlflow/mlflow mlflow/db.py; run with 3.13.0 and 3.17.2)."""


def _version(version: str) -> str:
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise ValueError(f"{version!r} is not a version of MLflow such as 3.17.2")
    if tuple(map(int, version.split("."))) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise ValueError(
            f"{version} is too old: {oldest} is the first that migrates an empty database"
        )
    return version


def _bucket(uri: str) -> str:
    if not re.match(r"s3://[^/]+", uri):
        raise ValueError(f"{uri!r} is not a bucket such as s3://models")
    return uri


def _endpoint(url: str) -> str:
    if not re.match(r"https?://[^/\s]+", url):
        raise ValueError(f"{url!r} is not an address such as https://s3.example.com")
    return url


Entry = Annotated[NonEmpty, Field(examples=["mlflow/database"])]


class BackendStore(Section):
    """The database, by reference to a Secret in MLflow's namespace."""

    secret_name: Name
    """The Secret's name."""
    key: NonEmpty = "uri"
    """The key that holds the whole URI: postgresql://user:password@host/database."""
    external: Entry | None = None
    """The entry of `secrets.store` that the Secret is made from, with a property called like the
    key; without it the Secret is there already."""


class Artifacts(Section):
    """Where the files of runs and models go; clients reach them through the server."""

    destination: Annotated[str, AfterValidator(_bucket)]
    """The bucket and a prefix in it: s3://models."""
    credentials_secret: Name | None = None
    """A Secret with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in MLflow's namespace; without
    it the pod's own identity counts."""
    external: Entry | None = None
    """The entry of `secrets.store` that this Secret is made from, with properties called like its
    keys; without it the Secret is there already."""
    endpoint_url: Annotated[
        Annotated[str, AfterValidator(_endpoint)] | None, Field(alias="endpointURL")
    ] = None
    """The object store's address where it is not AWS."""

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.external and not self.credentials_secret:
            raise ValueError("external makes a Secret: say what it is called in credentialsSecret")
        return self


IMAGE = "ghcr.io/mlflow/mlflow:v{version}-full"
"""The variant with the drivers of databases and object stores (mlflow/mlflow docker/README.md)."""


class Mlflow(Section):
    """MLflow's tracking server."""

    version: Annotated[str, AfterValidator(_version)] = "3.17.2"
    """The version of MLflow."""
    image: Image | None = None
    """An image instead of MLflow's own; it must hold the drivers of database and object store."""
    namespace: Name = "mlflow"
    """Its own namespace."""
    replicas: Annotated[int, Field(ge=1)] = 1
    workers: Annotated[int, Field(ge=1)] = 2
    """Processes per replica."""
    backend_store: BackendStore
    artifacts: Artifacts
    resources: Resources = Resources(
        requests={"cpu": "250m", "memory": "1Gi"}, limits={"memory": "2Gi"}
    )
    """Requests and limits of a replica; a worker needs about 300Mi."""
    scratch: Quantity = "2Gi"
    """Space for temporary files: uploads and downloads pass through it."""
    metrics: bool = True
    """Whether Prometheus finds /metrics."""
    hosts: tuple[NonEmpty, ...] = ()
    """Further names that clients call it by, for example that of an ingress; the names of its
    Service always count."""
    mesh: bool = False
    """Whether its namespace is part of Istio's mesh."""

    @model_validator(mode="after")
    def _two_secrets(self) -> Self:
        database, artifacts = self.backend_store, self.artifacts
        same = database.secret_name == artifacts.credentials_secret
        if same and (database.external or artifacts.external):
            raise ValueError(
                f"{database.secret_name} is the Secret of backendStore and of artifacts, and one "
                "that is made from an entry can be only one of them: give them two names"
            )
        return self

    @property
    def server_image(self) -> str:
        """The image that the server and the database's migration run."""
        return self.image or IMAGE.format(version=self.version)

    @property
    def secrets(self) -> Iterator[Provided]:
        """Those of its Secrets that the environment's provider brings."""
        database, artifacts = self.backend_store, self.artifacts
        for section, name, entry, keys in (
            ("backendStore", database.secret_name, database.external, (database.key,)),
            ("artifacts", artifacts.credentials_secret, artifacts.external, CREDENTIALS),
        ):
            if name and entry:
                yield Provided(self.namespace, name, keys, f"mlflow.{section}", entry)
