"""Fields by name: written, read, and found in a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.render.documents import dump
from synth.review.explain.fields import (
    ABSENT,
    FieldError,
    at_line,
    held,
    held_like,
    leaves,
    parse,
    resolved,
    shown,
)

KEYS = st.text("abcz./-", min_size=1, max_size=4)
VALUES = st.recursive(
    st.integers(-9, 9) | st.text("xy", min_size=1),
    lambda inner: (
        st.dictionaries(KEYS, inner, min_size=1, max_size=3)
        | st.lists(inner, min_size=1, max_size=3)
        | st.lists(
            st.builds(lambda name, value: {"name": name, "value": value}, KEYS, inner),
            min_size=1,
            max_size=3,
            unique_by=lambda entry: entry["name"],
        )
    ),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, min_size=1, max_size=3)
MODEL = {
    "metadata": {"annotations": {"a.b/c": "1"}},
    "spec": {"predictors": [{"name": "stable", "traffic": 90}, {"name": "canary", "traffic": 10}]},
}


@given(DOCUMENTS)
def test_every_way_is_read_as_it_is_shown_and_leads_to_its_value(
    document: dict[str, object],
) -> None:
    for way in leaves(document):
        assert parse(shown(way)) == way
        assert resolved(document, way) == way
        assert not isinstance(held(document, way), (dict, list))
        assert held_like(document, way, document) == held(document, way)


@given(DOCUMENTS)
def test_the_line_of_a_leaf_leads_to_it(document: dict[str, object]) -> None:
    text = dump(document)
    reached = {
        resolved(document, at_line(text, number)) for number, _ in enumerate(text.splitlines(), 1)
    }
    # An entry of a list that begins with an entry of a list shares its line.
    for way in leaves(document):
        assert any(way[: len(each)] == each for each in reached)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (".spec.predictors[1].traffic", "spec.predictors[name=canary].traffic"),
        ("spec.predictors.canary", "spec.predictors[name=canary]"),
        ("spec.predictors[name=stable].traffic", "spec.predictors[name=stable].traffic"),
        ('metadata.annotations["a.b/c"]', 'metadata.annotations["a.b/c"]'),
    ],
)
def test_ways_to_write_a_field(text: str, field: str) -> None:
    assert shown(resolved(MODEL, parse(text))) == field


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("spec.predictor", "spec has no predictor (there: predictors)"),
        (
            "spec.predictors[2]",
            "spec.predictors has no [2] (there: [name=stable], [name=canary])",
        ),
        ("status", "the object has no status (there: metadata, spec)"),
        (
            "spec[",
            "'spec[' is no field: write it like spec.predictors[name=canary].traffic, "
            'spec.predictors[1] or metadata.annotations["a.b/c"]',
        ),
    ],
)
def test_fields_that_are_not_there(text: str, message: str) -> None:
    with pytest.raises(FieldError) as error:
        resolved(MODEL, parse(text))
    assert str(error.value) == message


def test_an_entry_with_another_name_is_found_at_its_place() -> None:
    way = resolved(MODEL, parse("spec.predictors[1].traffic"))
    other = {"spec": {"predictors": [{"name": "stable"}, {"name": "next", "traffic": 20}]}}
    assert held_like(other, way, MODEL) == 20
    shorter = {"spec": {"predictors": [{"name": "next", "traffic": 20}]}}
    assert held_like(shorter, way, MODEL) is ABSENT


def test_a_line_without_a_field() -> None:
    with pytest.raises(FieldError) as error:
        at_line("a: 1\n", 7)
    assert str(error.value) == "line 7 holds no field"
