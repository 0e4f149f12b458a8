"""Values are exchanged in a text; whatever else somebody wrote there stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.config.load import plain
from synth.config.source import parse_text
from synth.edit.text import EditError, Entry, put, remove
from synth.edit.values import Value, block

FILE = """\
# Ours.
extends: base   # the base
name: prod

models:
    # The sentiment of comments.
    - name: sentiment
      variants:
      - { name: stable,  version: 7, traffic: 90 }   # since spring
      - name: canary
        version: 8      # on trial
        artifact: 's3://models/8'
        traffic: 10

      autoscaling: {minReplicas: 2}
# The end.
"""
VARIANTS = ("models", Entry("sentiment"), "variants")
CANARY = (*VARIANTS, Entry("canary"))


def changed(before: str, after: str) -> list[tuple[str, str]]:
    """The lines that differ, side by side."""
    old, new = before.splitlines(), after.splitlines()
    return [pair for pair in zip(old, new, strict=True) if pair[0] != pair[1]]


def test_a_value_changes_and_its_comment_quotes_and_spaces_stay() -> None:
    text = put(FILE, (*CANARY, "version"), 9)
    text = put(text, (*CANARY, "artifact"), "s3://models/9")
    text = put(text, (*VARIANTS, Entry("stable"), "traffic"), 75)
    assert changed(FILE, text) == [
        (
            "      - { name: stable,  version: 7, traffic: 90 }   # since spring",
            "      - { name: stable,  version: 7, traffic: 75 }   # since spring",
        ),
        ("        version: 8      # on trial", "        version: 9      # on trial"),
        ("        artifact: 's3://models/8'", "        artifact: 's3://models/9'"),
    ]


def test_what_is_new_stands_behind_the_last_of_its_kind() -> None:
    text = put(FILE, (*CANARY, "provenance"), {"run": "0e12", "metrics": {"accuracy": 0.91}})
    assert text == FILE.replace(
        "        traffic: 10\n",
        "        traffic: 10\n"
        "        provenance:\n"
        '          run: "0e12"\n'
        "          metrics: {accuracy: 0.91}\n",
    )
    text = put(FILE, (*VARIANTS, Entry("stable"), "shadow"), value=True)
    assert "traffic: 90, shadow: true }   # since spring" in text
    text = put(FILE, (*VARIANTS, Entry("next")), {"version": 9, "artifact": "s3://models/9"})
    assert text == FILE.replace(
        "        traffic: 10\n",
        "        traffic: 10\n"
        "      - name: next\n"
        "        version: 9\n"
        "        artifact: s3://models/9\n",
    )


def test_the_way_there_is_made_where_it_is_missing() -> None:
    text = put("name: dev", (*CANARY, "traffic"), 10)
    assert text == (
        "name: dev\n"
        "models:\n"
        "  - name: sentiment\n"
        "    variants:\n"
        "      - name: canary\n"
        "        traffic: 10"
    )
    assert put("{}", ("a", "b"), 1) == "{a: {b: 1}}"
    assert put("a: []\n", ("a", Entry("b")), {"c": 1}) == "a: [{name: b, c: 1}]\n"


def test_what_is_removed_takes_nothing_with_it() -> None:
    text = remove(FILE, CANARY)
    assert [line for line in FILE.splitlines() if line not in text.splitlines()] == [
        "      - name: canary",
        "        version: 8      # on trial",
        "        artifact: 's3://models/8'",
        "        traffic: 10",
    ]
    assert remove(FILE, (*VARIANTS, Entry("stable"), "version")) == FILE.replace(
        "name: stable,  version: 7, ", "name: stable, "
    )
    assert remove(FILE, ("nothing", "of", "this")) == FILE
    # A list without entries would say that there are none, whatever the base has.
    assert remove(remove(FILE, CANARY), (*VARIANTS, Entry("stable"))) == FILE.replace(
        FILE[FILE.index("      variants:") : FILE.index("\n      autoscaling")], ""
    )


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_line_ends_stay_as_they_are(newline: str) -> None:
    text = FILE.replace("\n", newline)
    grown = put(text, (*VARIANTS, Entry("next")), {"version": 9})
    assert grown.count("\n") == grown.count(newline) == text.count("\n") + 2
    assert remove(grown, (*VARIANTS, Entry("next"))) == text


def test_a_shared_value_is_refused() -> None:
    text = "a: &shared {traffic: 10}\nb: *shared\n"
    with pytest.raises(
        EditError, match=r"^a is shared by an alias: write it out where it is meant"
    ):
        put(text, ("a", "traffic"), 25)
    beside = "a: &shared {traffic: 10}\nb: {c: *shared}   # both\nd:\n  e: *shared\n"
    assert put(put(beside, ("b", "f"), 1), ("d", "f"), 1) == (
        "a: &shared {traffic: 10}\nb: {c: *shared, f: 1}   # both\nd:\n  e: *shared\n  f: 1\n"
    )
    with pytest.raises(EditError, match=r"^a list with an alias in it is edited by hand$"):
        put("a: &it {name: x}\nb:\n  - *it\n", ("b", Entry("y")), {"c": 1})
    merged = "a: &all {traffic: 10}\nb:\n  <<: *all\n  c: 1\n"
    assert put(merged, ("b", "traffic"), 25) == merged + "  traffic: 25\n"


def test_a_map_that_has_nothing_in_common_with_the_old_one_takes_its_place() -> None:
    assert put("a: {b: 0}\n", ("a",), {"c": 1}) == "a: {c: 1}\n"
    assert put("a:\n  b: 0  # why\n", ("a",), {"c": 1}) == "a:\n  c: 1\n"
    assert put("a: {b: 0}\n", ("a",), {}) == "a: {}\n"


def test_what_has_no_place_is_refused() -> None:
    with pytest.raises(EditError, match=r"^there is no map or list that 'b' could stand in$"):
        put("a: 1\n", ("a", "b"), 1)


NAMES = st.text("abcxyz", min_size=1, max_size=3)
SCALARS: st.SearchStrategy[Value] = st.one_of(
    st.integers(-5, 10**6),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(["null", "1e5", "0x1f", "on", "s3://a/b", "# no", "a: b", "- a", "'", '"']),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.dictionaries(NAMES, inner, min_size=1, max_size=3),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=8,
)


@given(st.dictionaries(NAMES, VALUES, min_size=1, max_size=3), NAMES, VALUES)
def test_what_is_put_is_read_again(document: dict[str, Value], key: str, value: Value) -> None:
    text = "\n".join(("# first", *block(document), "# last", ""))
    grown = put(text, (key,), value)
    assert _read(grown) == {**document, key: value}
    assert grown.startswith("# first\n")
    assert grown.endswith("# last\n")
    rest = {name: each for name, each in document.items() if name != key}
    if rest:
        assert _read(remove(grown, (key,))) == rest


def _read(text: str) -> object:
    tree, problems = parse_text(text, "file")
    assert tree is not None
    assert not problems
    return _lists(plain(tree))


def _lists(value: object) -> object:
    if isinstance(value, dict):
        return {key: _lists(each) for key, each in value.items()}
    return [_lists(each) for each in value] if isinstance(value, tuple) else value
