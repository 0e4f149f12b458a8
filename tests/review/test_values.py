"""Values are compared by what they mean, whatever order they were written in."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.review.values import ORDER, Field, differences

NAMES = st.text("abc", min_size=1, max_size=3)
SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "a", "1Gi", "5m"])


def _named(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    entries = st.dictionaries(NAMES, st.dictionaries(NAMES, values, max_size=2), max_size=3)
    return entries.map(lambda by: [{**entry, "name": name} for name, entry in by.items()])


VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(NAMES | st.sampled_from(["env", "verbs", "limits"]), inner, max_size=3)
        | _named(inner)
    ),
    max_leaves=12,
)


def shuffled(value: Any, random: Any) -> Any:
    """The same value with keys, and entries that have names, in another order."""
    if isinstance(value, dict):
        keys = list(value)
        random.shuffle(keys)
        return {key: shuffled(value[key], random) for key in keys}
    if isinstance(value, list):
        items = [shuffled(each, random) for each in value]
        names = [each.get("name") if isinstance(each, dict) else None for each in items]
        if all(isinstance(name, str) for name in names) and len({*names}) == len(names):
            random.shuffle(items)
        return items
    return value


@given(VALUES)
def test_nothing_differs_from_itself(value: Any) -> None:
    assert list(differences(value, value)) == []


@given(VALUES, st.randoms())
def test_the_order_of_keys_and_names_says_nothing(value: Any, random: Any) -> None:
    assert list(differences({"spec": value}, {"spec": shuffled(value, random)})) == []


@given(VALUES, VALUES)
def test_what_comes_one_way_goes_the_other(one: Any, other: Any) -> None:
    there = [(each.path[:1], each.before is None) for each in differences({"a": one}, {"a": other})]
    back = [(each.path[:1], each.after is None) for each in differences({"a": other}, {"a": one})]
    assert sorted(there) == sorted(back)


@pytest.mark.parametrize(
    ("path", "one", "other"),
    [
        ("limits.memory", "1Gi", "1024Mi"),
        ("requests.cpu", "500m", 0.5),
        ("hard.requests.nvidia.com/gpu", "2", 2),
        ("storage", "1Ti", "1024Gi"),
        ("interval", "60s", "1m"),
        ("verbs", ["get", "list"], ["list", "get"]),
        ("rules", [{"a": 1}, {"b": 2}], [{"b": 2}, {"a": 1}]),
    ],
)
def test_the_same_in_other_words(path: str, one: Any, other: Any) -> None:
    keys = path.split(".", 1)
    assert list(differences(_under(keys, one), _under(keys, other))) == []


@pytest.mark.parametrize(
    ("key", "one", "other"),
    [
        ("enabled", True, 1),
        ("port", 80, "80"),
        ("args", ["a", "b"], ["b", "a"]),
        ("verbs", ["get", "get"], ["get"]),
        ("replicas", 1, 2),
        ("emptyDir", {}, None),
    ],
)
def test_what_is_not_the_same(key: str, one: Any, other: Any) -> None:
    assert list(differences({key: one}, {key: other})) == [Field((key,), one, other)]


def test_texts_are_no_quantities() -> None:
    before, after = {"data": {"memory": "1Gi"}}, {"data": {"memory": "1024Mi"}}
    assert list(differences(before, after)) == [Field(("data", "memory"), "1Gi", "1024Mi")]


def test_an_order_that_has_a_meaning_is_told() -> None:
    one, other = {"name": "a"}, {"name": "b"}
    before, after = {"initContainers": [one, other]}, {"initContainers": [other, one]}
    path = ("initContainers", ORDER)
    assert list(differences(before, after)) == [Field(path, ["a", "b"], ["b", "a"])]


def test_entries_without_names_are_told_by_what_is_in_them() -> None:
    one, two, three = ({"from": [{"a": number}]} for number in "123")
    assert list(differences({"r": [one, two]}, {"r": [two, one, three]})) == [
        Field(("r", "2"), None, three)
    ]
    assert list(differences({"r": [one, two]}, {"r": [two, three]})) == [
        Field(("r", "1", "from", "0", "a"), "1", "3")
    ]


def _under(keys: list[str], value: Any) -> Any:
    for key in reversed(keys):
        value = {key: value}
    return value


def test_alerts_of_one_name_are_told_apart_by_what_they_are_about() -> None:
    burning = [{"alert": "Burn", "labels": {"long": span}, "expr": span} for span in ("1h", "6h")]
    rules = [{"record": "a:b", "expr": "c"}, *burning]
    changed = [rules[0], rules[1], {**burning[1], "expr": "other"}]
    assert list(differences({"rules": rules}, {"rules": [changed[2], *changed[:2]]})) == [
        Field(("rules", "Burn/6h", "expr"), "6h", "other")
    ]
