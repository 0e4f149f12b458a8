"""Kubernetes' own kinds against the schemas of the cluster's version, unknown fields included.

The schemas are those of the package kubernetes-validate, which are made of the API's own.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema_rs

from synth.kit.objects import Resource, group_of
from synth.kit.versions import minor
from synth.rules.flaws import Flaw
from synth.rules.wording import wrong

ApiKind = tuple[str, str]
"""A kind's `apiVersion` and its name."""
_KINDS = "x-kubernetes-group-version-kind"
_STRICT = ".0-local-strict"


def has_schemas(kubernetes: str) -> bool:
    """Whether objects can be held to this version of Kubernetes, `1.26`."""
    return _folder(kubernetes).is_dir()


def check_schemas(resources: Sequence[Resource], kubernetes: str) -> Iterator[Flaw]:
    """Kinds that the cluster's version does not have, and what does not fit a kind's schema; of
    custom resources nothing is said. `kubernetes` is a version that has schemas.
    """
    known, definitions = _validators(kubernetes), _definitions(kubernetes)
    groups = {group_of(api_version) for api_version, _ in known}
    for each in resources:
        this = each.body["apiVersion"], each.body["kind"]
        if this in known:
            for error in known[this].iter_errors(each.body):
                for sentence in wrong(error, definitions):
                    yield Flaw("SC001", each, f"does not fit its kind: {sentence}")
        elif group_of(this[0]) in groups:
            yield Flaw(
                "SC002", each, f"is of no kind of Kubernetes {kubernetes}: {hint(known, *this)}"
            )


def hint(known: Collection[ApiKind], api_version: str, kind: str) -> str:
    """Where a kind is, among those that are known, or what it may be meant for."""
    elsewhere = sorted(version for version, its in known if its == kind)
    if elsewhere:
        return f"there {kind} is in {' and '.join(elsewhere)}, not in {api_version}"
    there = [its for version, its in known if version == api_version]
    near = get_close_matches(kind, there, 1)
    return f"{api_version} has no {kind}" + (f", but {near[0]}" if near else "")


@cache
def _validators(kubernetes: str) -> Mapping[ApiKind, jsonschema_rs.Validator]:
    definitions = _definitions(kubernetes)
    registry = jsonschema_rs.Registry([(definitions["$id"], definitions)])
    return {
        this: jsonschema_rs.validator_for(
            {"$ref": f"{definitions['$id']}#/$defs/{name}"}, registry=registry
        )
        for this, name in kinds(kubernetes).items()
    }


@cache
def kinds(kubernetes: str) -> Mapping[ApiKind, str]:
    """The kinds of a version of Kubernetes that has schemas, each with its definition's name."""
    return {
        (f"{kind['group']}/{kind['version']}".lstrip("/"), kind["kind"]): name
        for name, schema in _definitions(kubernetes)["$defs"].items()
        for kind in schema.get(_KINDS, ())
    }


def versions() -> list[str]:
    """The versions of Kubernetes that have schemas, `1.26`, the oldest first."""
    found = (path.name for path in _schemas().glob(f"v*{_STRICT}"))
    return sorted((name.removeprefix("v").removesuffix(_STRICT) for name in found), key=minor)


@cache
def _definitions(kubernetes: str) -> Any:
    return json.loads((_folder(kubernetes) / "_definitions.json").read_text())


def _folder(kubernetes: str) -> Path:
    return _schemas() / f"v{kubernetes}{_STRICT}"


@cache
def _schemas() -> Path:
    # Importing the package would cost more than judging: only its files are wanted.
    spec = find_spec("kubernetes_validate")
    assert spec
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "kubernetes-json-schema"
