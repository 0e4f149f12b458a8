"""SealedSecrets as kubeseal writes them, in `secrets/<environment>/<namespace>/<name>.yaml`.

What is wrong with one is said without a word of what it holds.

Source: bitnami-labs/sealed-secrets pkg/apis/sealedsecrets/v1alpha1/{types,sealedsecret_expansion}.go,
pkg/crypto/crypto.go and helm/sealed-secrets/crds at v0.27.1 and v0.40.0.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synth.config import source
from synth.config.problems import Mark, Problem
from synth.config.source import Mapping, Node, Scalar
from synth.kit.objects import Body
from synth.kit.sealed_secrets import API_VERSION, KIND
from synth.kit.secrets import Provided

_BESIDE = frozenset({"README.md", "cert.pem"})
"""What may lie beside them in an environment's folder: the certificate is public."""
_TEXT, _TEXTS, _SWITCH, _NULL = "a string", "a map of strings", "true or false", "null"
_METADATA = {
    "name": _TEXT,
    "namespace": _TEXT,
    "labels": _TEXTS,
    "annotations": _TEXTS,
    "creationTimestamp": _NULL,
}
_FORM: dict[str, Any] = {
    "apiVersion": _TEXT,
    "kind": _TEXT,
    "metadata": _METADATA,
    "spec": {
        "encryptedData": _TEXTS,
        "template": {
            "metadata": _METADATA,
            "type": _TEXT,
            "immutable": _SWITCH,
            "data": _NULL,
        },
    },
}
"""What kubeseal makes of a Secret that `kubectl create secret --dry-run=client` wrote."""
_IN_CLEAR = frozenset({"data", "stringData"})
_SCOPES = {
    "cluster-wide": "sealedsecrets.bitnami.com/cluster-wide",
    "namespace-wide": "sealedsecrets.bitnami.com/namespace-wide",
}
"""The annotations of scopes; the first one counts. The scope is strict without any."""
_PINNED = {"strict": ("namespace", "name"), "namespace-wide": ("namespace",), "cluster-wide": ()}
"""What a value of each scope is sealed together with."""
_LEFTOVERS = {
    "app.kubernetes.io/instance": "Argo CD would take the Secret for its own and remove it",
    "argocd.argoproj.io/tracking-id": "Argo CD would take the Secret for its own and remove it",
    "kubectl.kubernetes.io/last-applied-configuration": "it repeats the Secret in clear",
}
"""Labels and annotations of a Secret that was on a cluster, and what they would do."""
_RSA, _TAG = 128, 16
"""The least of an RSA key, and what AES-GCM adds to a text, in bytes."""


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A file in an environment's folder, which messages call `name`.

    `path` is the namespace and the name of its Secret, empty where it does not lie where one would
    be looked for; `tree` is None where it cannot be read, and `unreadable` says where that shows.
    """

    name: str
    path: str
    tree: Mapping | None
    unreadable: tuple[Mark, ...] = ()

    @property
    def body(self) -> Body:
        """The object, without what is null; of one that `mistakes` has nothing against."""
        assert self.tree, "mistakes says so"
        body: Body = _body(self.tree)
        return body


def read_sealed(folder: Path, name: str) -> tuple[SealedFile, ...]:
    """The files in the folder of an environment's SealedSecrets, which messages call `name`."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    hidden = (
        any(part.startswith(".") for part in path.relative_to(folder).parts) for path in paths
    )
    return tuple(
        _read(path, name, path.relative_to(folder))
        for path, skipped in zip(paths, hidden, strict=True)
        if not (skipped or (path.parent == folder and path.name in _BESIDE))
    )


def _read(path: Path, folder: str, below: Path) -> SealedFile:
    name = f"{folder}/{below.as_posix()}"
    if len(below.parts) != 2 or below.suffix != ".yaml":
        return SealedFile(name, "", None)
    tree, problems = source.parse(path, name)
    marks = tuple(problem.mark for problem in problems)
    return SealedFile(name, below.with_suffix("").as_posix(), None if marks else tree, marks)


def mistakes(file: SealedFile, wanted: Provided | None) -> Iterator[Problem]:
    """What is wrong with a file, as the one of the Secret that is wanted of it, if any is."""
    if not file.path:
        yield Problem(
            Mark(file.name), "",
            "does not lie where a SealedSecret is looked for: call it "
            "secrets/<environment>/<namespace>/<name>.yaml",
        )  # fmt: skip
    for mark in file.unreadable:
        yield Problem(mark, "", "cannot be read as the YAML of one object: write it by kubeseal")
    if not file.tree:
        return
    for mark, path, message in _found(file.tree, file.path, wanted):
        yield Problem(mark, path, message)


Found = Iterator[tuple[Mark, str, str]]
"""Mistakes: where, which key, what is wrong."""


def _found(tree: Mapping, path: str, wanted: Provided | None) -> Found:
    kind = _text(tree, "kind")
    if kind == "Secret" or _IN_CLEAR & tree.entries.keys():
        yield (
            tree.keys.get("kind", tree.mark), "kind",
            "is a Secret in clear, which everybody who can read the repository can read, now and in "
            "its history: change what it holds where that is in use, and seal the new values",
        )  # fmt: skip
        return
    if (_text(tree, "apiVersion"), kind) != (API_VERSION, KIND):
        mark = tree.keys.get("kind", tree.mark)
        yield mark, "kind", f"must be a {KIND} of {API_VERSION}, as kubeseal writes it"
        return
    misshapen = list(_misshapen(tree, tree.mark, "", _FORM))
    if misshapen:
        yield from misshapen
        return
    yield from _named(tree, *path.split("/"))
    yield from _scoped(tree)
    yield from _leftovers(tree)
    yield from _values(_map(tree, "spec", "encryptedData"))
    if wanted:
        yield from _keys(_map(tree, "spec", "encryptedData"), wanted)
        yield from _type(_map(tree, "spec", "template"), wanted)


def _misshapen(node: Node, mark: Mark, path: str, form: Any) -> Found:
    """Where an object is no SealedSecret of a Secret; what holds data in clear says so."""
    if isinstance(form, str):
        if not _fits(node, form):
            yield mark, path, f"must be {form}"
        return
    if not isinstance(node, Mapping):
        yield mark, path, "must be a map"
        return
    for key, value in node.entries.items():
        where = f"{path}.{key}" if path else key
        if key in _IN_CLEAR and not _fits(value, _NULL):
            yield node.keys[key], where, "holds a Secret in clear, or changes it: seal every value"
        elif key not in form:
            yield (
                node.keys[key],
                where,
                "is nothing that kubeseal makes of a new Secret: take it out",
            )
        else:
            yield from _misshapen(value, node.keys[key], where, form[key])


def _fits(node: Node, form: str) -> bool:
    if isinstance(node, Scalar):
        if node.value is None:
            return form != _TEXT
        return isinstance(node.value, {_TEXT: str, _SWITCH: bool}.get(form, ()))
    if form == _NULL:
        return isinstance(node, Mapping) and not node.entries
    return (
        form == _TEXTS
        and isinstance(node, Mapping)
        and all(_fits(each, _TEXT) for each in node.entries.values())
    )


def _named(tree: Mapping, namespace: str, name: str) -> Found:
    metadata = _map(tree, "metadata")
    for key, place, right in (("namespace", "folder", namespace), ("name", "file", name)):
        if _text(metadata, key) != right:
            yield (
                metadata.keys.get(key, metadata.mark), f"metadata.{key}",
                f"must be {right!r}, as the {place} is called: seal it again, since it may be unsealed "
                "only as what it was sealed as",
            )  # fmt: skip


def _scoped(tree: Mapping) -> Found:
    """The controller reads the scope of the object, and kubeseal writes that of the Secret."""
    metadata, template = _map(tree, "metadata"), _map(tree, "spec", "template", "metadata")
    scope, sealed = _scope(metadata), _scope(template)
    if scope != sealed:
        yield (
            metadata.keys.get("annotations", metadata.mark), "metadata.annotations",
            f"make the scope {scope}, and those of spec.template.metadata {sealed}: seal it again with "
            "--scope",
        )  # fmt: skip
    for key in _PINNED[scope]:
        if key in template.entries and _text(template, key) != _text(metadata, key):
            yield (
                template.keys[key], f"spec.template.metadata.{key}",
                f"is another than the object's, and of the scope {scope} it can be unsealed only as "
                "what it was sealed as: seal it again",
            )  # fmt: skip


def _scope(metadata: Mapping) -> str:
    annotations = _map(metadata, "annotations")
    return next((s for s, key in _SCOPES.items() if _text(annotations, key) == "true"), "strict")


def _leftovers(tree: Mapping) -> Found:
    for way in (("metadata",), ("spec", "template", "metadata")):
        for part in ("labels", "annotations"):
            written = _map(tree, *way, part)
            for key in _LEFTOVERS.keys() & written.entries.keys():
                where = ".".join((*way, part, key))
                yield written.keys[key], where, f"{_LEFTOVERS[key]}: take it out"


def _values(data: Mapping) -> Found:
    for key in data.entries:
        if not _sealed(_text(data, key)):
            where = f"spec.encryptedData.{key}"
            yield data.keys[key], where, "is no value that kubeseal sealed: seal it again"


def _sealed(text: str) -> bool:
    """Whether a text has the form of a sealed value: the length of a key that is encrypted by RSA in two
    bytes, that key, and what AES-GCM made of the value.
    """
    try:
        value = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    length = int.from_bytes(value[:2])
    return length >= _RSA and len(value) >= 2 + length + _TAG


def _keys(data: Mapping, wanted: Provided) -> Found:
    for key in wanted.keys:
        if key not in data.entries:
            yield (
                data.mark,
                "spec.encryptedData",
                f"has no {key}, which {wanted.asked} reads: seal it",
            )
    for key in data.entries:
        if key not in wanted.keys:
            read = ", ".join(wanted.keys)
            where = f"spec.encryptedData.{key}"
            yield (
                data.keys[key],
                where,
                f"is read by nobody ({wanted.asked} reads: {read}): take it out",
            )


def _type(template: Mapping, wanted: Provided) -> Found:
    if (_text(template, "type") or "Opaque") != wanted.type:
        mark = template.keys.get("type", template.mark)
        yield mark, "spec.template.type", f"must be {wanted.type}, for {wanted.asked}"


def _map(tree: Mapping, *way: str) -> Mapping:
    """The map that lies so far below, or an empty one at the last place on the way to it."""
    for key in way:
        node = tree.entries.get(key)
        mark = tree.keys.get(key, tree.mark)
        tree = node if isinstance(node, Mapping) else Mapping(mark, {}, {})
        tree = Mapping(mark, tree.entries, tree.keys)
    return tree


def _text(tree: Mapping, key: str) -> str:
    node = tree.entries.get(key)
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else ""


def _body(node: Node) -> Any:
    if isinstance(node, Mapping):
        made = {key: _body(node.entries[key]) for key in sorted(node.entries)}
        return {key: value for key, value in made.items() if value is not None}
    assert isinstance(node, Scalar), "there are no lists in a SealedSecret"
    return node.value
