"""Structural schemas of CRDs as JSON Schema."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.kit.structural import Schema, shared, strict, without_nulls

KEEP = {"x-kubernetes-preserve-unknown-fields": True}
SIZE: Schema = {"type": "object", "properties": {"size": {"type": "integer"}}}


def fits(spec: Schema, value: Any) -> bool:
    """Whether an object with this in `spec` fits a CRD with that."""
    schema = strict({"type": "object", "properties": {"spec": spec}})
    body = {"apiVersion": "example.com/v1", "kind": "Thing", "spec": value}
    return jsonschema_rs.validator_for(schema).is_valid(without_nulls(body))


@pytest.mark.parametrize(
    ("spec", "good", "bad"),
    [
        (SIZE, {"size": 1}, {"sise": 1}),
        (SIZE, {"size": None}, {"size": "1"}),
        ({"type": "object"}, {}, {"size": 1}),
        ({**SIZE, **KEEP}, {"sise": 1}, {"size": "1"}),
        # What is kept is kept as it is, but for what is named in it.
        ({"type": "object", "properties": {"a": SIZE}, **KEEP}, {"b": {"c": 1}}, {"a": {"b": 1}}),
        ({"type": "array", "items": {"type": "object"}}, [{}], [{"a": 1}]),
        ({"type": "array", "items": {"type": "object"}, **KEEP}, [{"a": 1}], [1]),
        ({"type": "array", "items": SIZE}, [{}], [None]),
        ({"type": "array", "items": {**SIZE, "nullable": True}}, [None], [1]),
        ({"type": "object", "additionalProperties": SIZE}, {"a": {}}, {"a": {"b": 1}}),
        ({"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]},
         "a", True),
        ({"x-kubernetes-int-or-string": True, "pattern": "^[0-9]+%$"}, 1, "1"),
        ({"type": "integer", "maximum": 2, "exclusiveMaximum": True}, 1, 2),
        ({"type": "string", "enum": ["a"]}, "a", "b"),
        ({**SIZE, "required": ["size"]}, {"size": 1}, {"size": None}),
        ({**SIZE, "oneOf": [{"required": ["size"]}]}, {"size": 1}, {}),
        # A condition names fields, and closes nothing.
        ({**SIZE, "not": {"properties": {"size": {"maximum": 0}}}}, {"size": 1}, {"size": 0}),
    ],
)  # fmt: skip
def test_what_fits(spec: Schema, good: Any, bad: Any) -> None:
    assert fits(spec, good)
    assert not fits(spec, bad)


def test_defaults_are_there_before_anything_is_asked() -> None:
    port = {
        "type": "object",
        "required": ["port", "protocol"],
        "properties": {"port": {"type": "integer"}, "protocol": {"type": "string", "default": "a"}},
    }
    assert fits(port, {"port": 1})
    assert not fits(port, {"protocol": "a"})


def test_the_metadata_of_an_object_and_its_bounds() -> None:
    bounded = {"type": "object", "properties": {"name": {"type": "string", "maxLength": 2}}}
    for metadata in ({"type": "object"}, bounded):
        judge = jsonschema_rs.validator_for(
            strict({"type": "object", "properties": {"metadata": metadata}})
        )
        body: dict[str, Any] = {"apiVersion": "v1", "kind": "Thing", "metadata": {"name": "ab"}}
        assert judge.is_valid(body)
        assert judge.is_valid({**body, "metadata": {"name": "abc"}}) == (metadata != bounded)
        assert not judge.is_valid({**body, "metadata": {"nam": "ab"}})
        assert not judge.is_valid({**body, "metadata": {"labels": {"a": 1}}})
        assert not judge.is_valid({**body, "spec": {}})


def test_status_is_the_controllers() -> None:
    judge = jsonschema_rs.validator_for(strict({"type": "object", "properties": {"status": SIZE}}))
    assert judge.is_valid({"apiVersion": "v1", "kind": "Thing", "status": {"anything": 1}})


LEAVES = st.sampled_from([{"type": "string"}, {"type": "integer", "minimum": 0}, {}])
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: (
        st.dictionaries(st.sampled_from("abc"), inner).map(
            lambda its: {"type": "object", "properties": its, "additionalProperties": False}
        )
        | inner.map(lambda its: {"type": "array", "items": its})
        | inner.map(lambda its: {"type": "object", "additionalProperties": its})
    ),
    max_leaves=30,
)


@given(st.dictionaries(st.sampled_from("xyz"), SCHEMAS), st.dictionaries(st.just("x"), SCHEMAS))
def test_nothing_is_lost_by_sharing(kinds: dict[str, Schema], former: dict[str, Schema]) -> None:
    document = shared(kinds, former)

    def whole(value: Any) -> Any:
        if isinstance(value, list):
            return [whole(each) for each in value]
        if not isinstance(value, dict):
            return value
        if "$ref" in value:
            return whole(document["$defs"][value["$ref"].removeprefix("#/$defs/")])
        return {key: whole(each) for key, each in value.items()}

    assert whole(document["kinds"]) == kinds
    assert whole(document["former"]) == former


def test_what_is_the_same_is_there_once() -> None:
    large = {"type": "object", "properties": {name * 20: {"type": "string"} for name in "abc"}}
    document = shared({"x": large, "y": {"type": "array", "items": large}}, {"x": large})
    (name,) = document["$defs"]
    reference = {"$ref": f"#/$defs/{name}"}
    assert document["kinds"] == {"x": reference, "y": {"type": "array", "items": reference}}
    assert document["former"] == {"x": reference}
    assert json.dumps(document).count("a" * 20) == 1
