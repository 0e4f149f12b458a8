"""What an object needs to be there: everything that it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from synth.kit.objects import Body


class Named(NamedTuple):
    """A kind and a name, in the namespace of whoever names it unless it says another."""

    kind: str
    name: str
    namespace: str = ""


_TEXTS = {
    "secretName": "Secret",
    "envSecretRefName": "Secret",
    "serviceAccountName": "ServiceAccount",
    "claimName": "PersistentVolumeClaim",
    "priorityClassName": "PriorityClass",
    "storageClassName": "StorageClass",
    "folderRef": "GrafanaFolder",
}
"""Keys whose value is the name of an object."""
_ENTRIES = {
    "secretRef": "Secret",
    "secretKeyRef": "Secret",
    "imagePullSecrets": "Secret",
    "configMap": "ConfigMap",
    "configMapRef": "ConfigMap",
    "configMapKeyRef": "ConfigMap",
    "workflowTemplateRef": "WorkflowTemplate",
}
"""Keys whose value has a name, or is a list of what has."""
_MAKES = {"Certificate": ("secretName",), "ExternalSecret": ("target", "name")}
"""Kinds that have another make a Secret, and where its name stands in their spec."""
_SUFFIXES = {
    "Elasticsearch": ("-es-elastic-user", "-es-http-certs-public"),
    "KafkaUser": ("",),
    "SealedSecret": ("",),
}
"""Kinds whose operator makes Secrets, and what their names have behind the object's own.

Source: elastic/cloud-on-k8s docs (orchestrate and TLS certificates); strimzi/strimzi-kafka-operator
documentation, user operator.
"""


def references(body: Body) -> set[Named]:
    """Everything that an object names."""
    return set(_found({key: item for key, item in body.items() if key != "metadata"}, root=True))


def provided(body: Body) -> Iterator[Named]:
    """What others may need an object for."""
    name, namespace = body["metadata"]["name"], body["metadata"].get("namespace", "")
    yield Named(body["kind"], name, namespace)
    if body["kind"] in _MAKES:
        value: Any = body.get("spec", {})
        for key in _MAKES[body["kind"]]:
            value = value.get(key, {}) if isinstance(value, Mapping) else {}
        yield Named("Secret", value if isinstance(value, str) else name, namespace)
    for suffix in _SUFFIXES.get(body["kind"], ()):
        yield Named("Secret", f"{name}{suffix}", namespace)


def makers(secret: str) -> Iterator[str]:
    """What the file of whoever makes a Secret has in it: the Secret's name, or its maker's."""
    yield secret
    for suffix in (each for suffixes in _SUFFIXES.values() for each in suffixes if each):
        if secret.endswith(suffix):
            yield secret.removesuffix(suffix)


def _found(value: Any, *, root: bool = False) -> Iterator[Named]:
    if isinstance(value, Mapping):
        kind, name = value.get("kind"), value.get("name")
        if isinstance(kind, str) and isinstance(name, str) and not root:
            yield Named(kind, name, str(value.get("namespace") or ""))
        for key, item in value.items():
            if value.get("optional") is not True:
                yield from _under(key, item)
            yield from _found(item)
    elif isinstance(value, list):
        for item in value:
            yield from _found(item)


def _under(key: str, item: Any) -> Iterator[Named]:
    if key in _TEXTS and isinstance(item, str):
        yield Named(_TEXTS[key], item)
    if key in _ENTRIES:
        for entry in item if isinstance(item, list) else [item]:
            named = isinstance(entry, Mapping) and isinstance(entry.get("name"), str)
            if named and entry.get("optional") is not True:
                kind = _ENTRIES[key]
                yield Named(f"Cluster{kind}" if entry.get("clusterScope") else kind, entry["name"])
