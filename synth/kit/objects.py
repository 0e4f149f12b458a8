"""Kubernetes objects as data: the body, its identity, and where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

Body = dict[str, Any]
"""One Kubernetes object, as it would be read from its JSON."""


class Identity(NamedTuple):
    """What makes an object that object for the API server, whatever its version.

    `group` is empty for the core group, `namespace` for cluster-scoped objects.
    """

    group: str
    kind: str
    namespace: str
    name: str

    @property
    def group_kind(self) -> str:
        """Kind and group in one word: `Deployment.apps`, and `Service` of the core group."""
        return f"{self.kind}.{self.group}" if self.group else self.kind

    def __str__(self) -> str:
        name = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.group_kind} {name}"


class Origin(NamedTuple):
    """What made an object, and from which configuration key.

    `construct` is a path in the construct tree (`models/nlp.sentiment`) or of the files that the
    object comes from (`overlays/prod/models`), `key` a configuration path (`models.sentiment`);
    empty where there is none.
    """

    construct: str
    key: str

    @property
    def from_upstream(self) -> bool:
        """Whether upstream wrote the object, and neither a construct nor an overlay."""
        return not self.construct


@dataclass(frozen=True, slots=True)
class Resource:
    """One object of one Argo CD application."""

    application: str
    body: Body
    origin: Origin


def group_of(api_version: str) -> str:
    """The API group of an `apiVersion`: `apps` of `apps/v1`, empty for `v1`."""
    return api_version.rpartition("/")[0]


def plurals(kind: str) -> tuple[str, ...]:
    """The names that the API can have for many objects of a kind; which of them it is, only the kind's
    definition says: `gateways` for Gateway, `policies` for Policy.
    """
    name = kind.lower()
    return (f"{name}s", f"{name}es", f"{name[:-1]}ies", name)


def identity(body: Mapping[str, Any]) -> Identity:
    """The identity of an object.

    Raises KeyError where `apiVersion`, `kind` or `metadata.name` is missing.
    """
    metadata = body["metadata"]
    return Identity(
        group_of(body["apiVersion"]),
        body["kind"],
        metadata.get("namespace", ""),
        metadata["name"],
    )


def manifest(
    api_version: str,
    kind: str,
    name: str,
    *,
    namespace: str = "",
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    **content: Any,
) -> Body:
    """An object with its metadata in the usual order; empty metadata is left out.

    `content` holds everything beside the metadata: `spec=…`, `data=…`, `rules=…`.
    """
    metadata: Body = {"name": name}
    if namespace:
        metadata["namespace"] = namespace
    if labels:
        metadata["labels"] = dict(labels)
    if annotations:
        metadata["annotations"] = dict(annotations)
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **content}
