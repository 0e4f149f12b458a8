"""What runs side by side: the heaviest set of tasks of which none waits for another."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.rules.capacity.order import most_at_once

Weights = dict[str, Fraction]


@st.composite
def orders(draw: st.DrawFn) -> tuple[Weights, dict[str, list[str]]]:
    """Up to seven tasks, each of which waits for some of those before it."""
    names = [f"t{i}" for i in range(draw(st.integers(1, 7)))]
    weights = {name: Fraction(draw(st.integers(0, 9)), 2) for name in names}
    before = {
        name: draw(st.lists(st.sampled_from(names[:i]), unique=True)) if i else []
        for i, name in enumerate(names)
    }
    return weights, before


def earlier(task: str, before: dict[str, list[str]]) -> set[str]:
    return {other for direct in before[task] for other in (direct, *earlier(direct, before))}


def tried(weights: Weights, before: dict[str, list[str]], parallelism: int) -> Fraction:
    """Every set of tasks, and the heaviest of those in which none waits for another."""
    return max(
        sum((weights[task] for task in tasks), Fraction(0))
        for size in range(min(len(weights), parallelism) + 1)
        for tasks in combinations(weights, size)
        if not any(other in earlier(task, before) for task in tasks for other in tasks)
    )


@given(orders())
def test_it_is_the_heaviest_of_all_sets(order: tuple[Weights, dict[str, list[str]]]) -> None:
    weights, before = order
    at_once = most_at_once({name: {"cpu": weight} for name, weight in weights.items()}, before)
    assert at_once == {"cpu": tried(weights, before, len(weights))}


@given(orders(), st.integers(1, 4))
def test_with_a_parallelism_it_is_never_too_little(
    order: tuple[Weights, dict[str, list[str]]], parallelism: int
) -> None:
    weights, before = order
    tasks = {name: {"cpu": weight} for name, weight in weights.items()}
    bounded = most_at_once(tasks, before, parallelism)["cpu"]
    heaviest = sorted(weights.values(), reverse=True)[:parallelism]
    assert tried(weights, before, parallelism) <= bounded
    assert bounded <= min(tried(weights, before, len(weights)), sum(heaviest, Fraction(0)))


@pytest.mark.parametrize(
    ("before", "together"),
    [
        ({}, 7),
        ({"b": ["a"], "c": ["b"]}, 4),
        ({"b": ["a"], "c": ["a"]}, 6),
        ({"c": ["a", "b"]}, 4),
    ],
)
def test_resources_are_counted_each_for_itself(before: dict[str, list[str]], together: int) -> None:
    one, two, four = Fraction(1), Fraction(2), Fraction(4)
    tasks = {"a": {"cpu": one, "gpu": one}, "b": {"cpu": two}, "c": {"cpu": four, "memory": one}}
    at_once = most_at_once(tasks, before)
    assert at_once == {"cpu": together, "gpu": 1, "memory": 1}
