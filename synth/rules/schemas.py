"""Kubernetes' own kinds against the schemas of the cluster's version, unknown fields included.

The schemas are those of the package kubernetes-validate, which are made of the API's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema_rs

from synth.kit.objects import Resource, group_of
from synth.rules.flaws import Flaw

_KINDS = "x-kubernetes-group-version-kind"


def has_schemas(kubernetes: str) -> bool:
    """Whether objects can be held to this version of Kubernetes, `1.26`."""
    return _folder(kubernetes).is_dir()


def check_schemas(resources: Sequence[Resource], kubernetes: str) -> Iterator[Flaw]:
    """Kinds that the cluster's version does not have, and what does not fit a kind's schema; of
    custom resources nothing is said. `kubernetes` is a version that has schemas.
    """
    kinds = _kinds(kubernetes)
    groups = {group_of(api_version) for api_version, _ in kinds}
    for each in resources:
        this = each.body["apiVersion"], each.body["kind"]
        if this in kinds:
            for error in kinds[this].iter_errors(each.body):
                path = ".".join(map(str, error.instance_path)) or "the object"
                yield Flaw("SC001", each, f"does not fit its kind: {path}: {_said(error)}")
        elif group_of(this[0]) in groups:
            yield Flaw(
                "SC002", each, f"is of no kind of Kubernetes {kubernetes}: {_hint(kinds, *this)}"
            )


def _said(error: jsonschema_rs.ValidationError) -> str:
    # The validator names types in any order.
    if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.Type):
        types = " or ".join(sorted(set(error.kind.types) - {"null"}))
        return f"{json.dumps(error.instance, ensure_ascii=False)} is not of type {types}"
    return error.message


def _hint(kinds: Mapping[tuple[str, str], Any], api_version: str, kind: str) -> str:
    elsewhere = sorted(version for version, known in kinds if known == kind)
    if elsewhere:
        return f"there {kind} is in {' and '.join(elsewhere)}, not in {api_version}"
    there = [known for version, known in kinds if version == api_version]
    near = get_close_matches(kind, there, 1)
    return f"{api_version} has no {kind}" + (f", but {near[0]}" if near else "")


@cache
def _kinds(kubernetes: str) -> Mapping[tuple[str, str], jsonschema_rs.Validator]:
    """What judges each kind, by `apiVersion` and kind."""
    definitions = json.loads((_folder(kubernetes) / "_definitions.json").read_text())
    registry = jsonschema_rs.Registry([(definitions["$id"], definitions)])
    return {
        (
            f"{kind['group']}/{kind['version']}".lstrip("/"),
            kind["kind"],
        ): jsonschema_rs.validator_for(
            {"$ref": f"{definitions['$id']}#/$defs/{name}"}, registry=registry
        )
        for name, schema in definitions["$defs"].items()
        for kind in schema.get(_KINDS, ())
    }


def _folder(kubernetes: str) -> Path:
    # Importing the package would cost more than judging: only its files are wanted.
    spec = find_spec("kubernetes_validate")
    assert spec
    assert spec.submodule_search_locations
    schemas = Path(spec.submodule_search_locations[0]) / "kubernetes-json-schema"
    return schemas / f"v{kubernetes}.0-local-strict"
