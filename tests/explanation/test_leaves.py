"""A configuration with some of its values changed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.config.environment import Environment
from synth.configuration import configuration
from synth.project import Project
from synth.review.explain.leaves import Leaf, changed, leaves, written
from synth.review.explain.search import influences
from tests.repository import ROOT


@pytest.fixture(scope="module")
def prod() -> Environment:
    return configuration(Project(ROOT))["prod"].environment


def test_each_value_changes_alone(prod: Environment) -> None:
    before = {leaf.path: leaf.value for leaf in leaves(prod)}
    assert len(before) > 150
    for leaf in leaves(prod):
        other = next(leaf.others({}), None)
        if other is None:  # the only value that it can have
            continue
        after = {each.path: each.value for each in leaves(changed(prod, {leaf.path: other}))}
        if leaf.path[-1] == "name":  # what is called otherwise stands elsewhere
            continue
        assert {path for path in before if after.get(path) != before[path]} == {leaf.path}
        assert after[leaf.path] == other


def test_many_change_together(prod: Environment) -> None:
    paths = {("cluster", "server"): "https://other", ("models", "sentiment", "team"): "else"}
    after = changed(prod, paths)
    assert after.cluster.server == "https://other"
    assert after.models[0].team == "else"
    assert prod.models[0].team == "nlp"


def test_a_default_is_written_with_its_neighbours(prod: Environment) -> None:
    data = {"name": "prod", "models": ({"name": "sentiment"},)}
    path = ("models", "sentiment", "server", "format")
    server = prod.models[0].server.model_dump(by_alias=True, exclude_none=True)
    assert written(data, prod, path, "custom") == {
        "name": "prod",
        "models": ({"name": "sentiment", "server": {**server, "format": "custom"}},),
    }


@pytest.mark.parametrize(
    ("leaf", "others"),
    [
        (Leaf((), True), [False]),
        (Leaf((), 3), [4, 2, 6]),
        (Leaf((), "64Gi"), ["65Gi", "63Gi", "64Gix"]),
        (Leaf((), "0.1.09"), ["0.1.10", "0.1.08", "0.1.09x"]),
        (Leaf((), "nlp"), ["nlpx"]),
        (Leaf((), "b", ("a", "b", "c")), ["a", "c"]),
        (Leaf((), "1.8.1"), ["1.9.1", "1.8.2", "1.8.0", "1.8.1x"]),
    ],
)
def test_other_values(leaf: Leaf, others: list[object]) -> None:
    assert list(leaf.others({"releases": ("1.8.1", "1.9.1")})) == others


@given(st.integers(0, 40), st.data())
def test_what_matters_is_found_and_nothing_else(count: int, data: st.DataObject) -> None:
    matters = data.draw(st.sets(st.integers(0, count)))
    hides = data.draw(st.sets(st.integers(0, count)))
    tries = 0

    def differs(some: Sequence[int]) -> bool | None:
        nonlocal tries
        tries += 1
        if len(some) > 1 and hides & {*some}:
            return None
        return bool(matters & {*some})

    assert influences(list(range(count + 1)), differs) == sorted(matters)
    assert tries <= 1 + 2 * len(matters | hides) * (count + 1).bit_length() * 2
