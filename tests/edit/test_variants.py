"""What a promotion makes of a model's variants, and what it refuses."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.config.promotion import Promotion
from synth.config.serving import Variant
from synth.edit.history import State, goal, served_before, state_in
from synth.edit.variants import (
    RefusedError,
    Release,
    brought_in,
    moved,
    release_of,
    roles,
    rolled_back,
)

POLICY = Promotion()


def release(version: int) -> Release:
    return Release(version, f"s3://models/{version}", None)


def variant(name: str, version: int, traffic: int, *, shadow: bool = False) -> Variant:
    return Variant(
        name=name,
        version=version,
        artifact=f"s3://models/{version}",
        traffic=traffic,
        shadow=shadow,
    )


def said(variants: Sequence[Variant]) -> list[tuple[str, int, int]]:
    return [(each.name, each.version, each.traffic) for each in variants]


STABLE = (variant("stable", 7, 100),)
BOTH = (variant("stable", 7, 90), variant("canary", 8, 10))


def test_a_version_comes_in_as_stable_or_beside_it() -> None:
    assert said(brought_in(STABLE, release(8), POLICY, canary=None)) == [("stable", 8, 100)]
    assert said(brought_in(STABLE, release(8), POLICY, canary=10)) == said(BOTH)


def test_what_is_there_already_stays() -> None:
    assert brought_in(BOTH, release(8), POLICY, canary=25) == BOTH
    assert brought_in(STABLE, release(7), POLICY, canary=10) == STABLE
    assert brought_in(STABLE, release(7), POLICY, canary=None) == STABLE


def test_traffic_moves_by_steps_and_at_the_end_the_canary_is_stable() -> None:
    variants: tuple[Variant, ...] = BOTH
    for share in (25, 50):
        variants = moved(variants, share, POLICY)
        assert said(variants) == [("stable", 7, 100 - share), ("canary", 8, share)]
    assert said(moved(variants, 0, POLICY)) == [("stable", 7, 100), ("canary", 8, 0)]
    assert said(moved(variants, 100, POLICY)) == [("stable", 8, 100)]


def test_the_canarys_own_settings_become_stable_with_it() -> None:
    canary = variant("canary", 8, 50).model_copy(update={"env": {"THREADS": "4"}})
    [stable] = moved((variant("stable", 7, 50), canary), 100, POLICY)
    assert (stable.name, stable.env) == ("stable", {"THREADS": "4"})


def test_a_shadow_and_a_stable_variant_of_another_name_stay_what_they_are() -> None:
    shadow = variant("next", 9, 100, shadow=True)
    variants = brought_in((variant("main", 7, 100), shadow), release(8), POLICY, canary=10)
    assert said(variants) == [("main", 7, 90), ("next", 9, 100), ("canary", 8, 10)]
    assert said(moved(variants, 25, POLICY)) == [
        ("main", 7, 75),
        ("next", 9, 100),
        ("canary", 8, 25),
    ]


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            lambda: brought_in(BOTH, release(9), POLICY, canary=10),
            "a canary of version 8 is under way: let it take over (synth model canary … "
            "--traffic 100) or take it out (synth model rollback)",
        ),
        (
            lambda: brought_in(STABLE, release(8), POLICY, canary=17),
            "a canary cannot come in with 17 %: policy.promotion allows 10, 25, 50",
        ),
        (
            lambda: brought_in(STABLE, release(8), Promotion(max_canary=25), canary=50),
            "a canary cannot come in with 50 %: policy.promotion allows 10, 25",
        ),
        (
            lambda: moved(BOTH, 50, POLICY),
            "the step after 10 % is 25 %, not 50 % (policy.promotion.steps: 10, 25, 50, 100)",
        ),
        (
            lambda: moved(STABLE, 10, POLICY),
            "there is no canary: synth model bump or promote with --canary brings one in",
        ),
        (
            lambda: roles((variant("a", 1, 50), variant("b", 2, 50))),
            "one variant beside the canary is the stable one, and there are 2 (a, b): such a "
            "split is edited by hand",
        ),
        (
            lambda: rolled_back(STABLE, lambda _: None, parks=False),
            "git's history knows no other stable version of it",
        ),
    ],
)
def test_what_is_refused(step: object, message: str) -> None:
    assert callable(step)
    with pytest.raises(RefusedError, match=f"^{re.escape(message)}$"):
        step()


def test_a_rollback_takes_the_canary_out_or_the_last_stable_version_back() -> None:
    assert said(rolled_back(BOTH, lambda _: release(6), parks=False)) == [("stable", 7, 100)]
    assert said(rolled_back(STABLE, lambda _: release(6), parks=False)) == [("stable", 6, 100)]


def test_a_canary_that_an_engine_cannot_take_out_is_parked_until_the_next_one() -> None:
    parked = rolled_back(BOTH, lambda _: release(6), parks=True)
    assert said(parked) == [("stable", 7, 100), ("canary", 8, 0)]
    assert rolled_back(parked, lambda _: release(6), parks=True) == parked
    following = brought_in(parked, release(9), POLICY, canary=10)
    assert said(following) == [("stable", 7, 90), ("canary", 9, 10)]


def went(*versions: int, canary: int = 0) -> list[State | None]:
    """States of which the last is the newest, with a canary where one is named; it comes first
    here.
    """
    first, *rest = reversed(versions)
    beside = release(canary) if canary else None
    return [State(release(first), beside), *(State(release(each), None) for each in rest)]


@pytest.mark.parametrize(
    ("states", "current", "expected"),
    [
        (went(6, 7), 7, 6),
        # What was rolled back from is no aim, and what came again after it is.
        (went(6, 7, 8, 7), 7, 6),
        (went(6, 7, 8, 7, 8), 8, 7),
        # Once more before the commit changes nothing.
        (went(6, 7), 6, 6),
        (went(6, 7, canary=8), 7, 7),
        # A bump that was never committed.
        (went(6, 7), 8, 7),
        ([None, *went(6, 7)], 7, 6),
        (went(7, 7), 7, None),
        ([], 7, None),
    ],
)
def test_where_a_rollback_leads(
    states: list[State | None], current: int, expected: int | None
) -> None:
    assert goal(release(current), states) == (release(expected) if expected else None)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=8))
def test_a_rollback_leads_to_a_version_that_was_served(versions: list[int]) -> None:
    found = goal(release(versions[-1]), went(*versions))
    assert found is None or found.version in versions[:-1]
    assert found is None or found.version != versions[-1]


def test_what_was_served_before_is_known_as_stable_and_as_canary() -> None:
    states = [None, *went(6, 7, canary=8)]
    served = [each for each in range(5, 10) if served_before(release(each), states)]
    assert served == [6, 7, 8]


def test_the_past_is_read_whatever_its_form() -> None:
    past = {
        "models": (
            {
                "name": "sentiment",
                "server": {"implementation": "MLFLOW_SERVER"},
                "variants": (
                    {"name": "stable", "version": 7, "artifact": "s3://models/7"},
                    {"name": "canary", "version": 8, "artifact": "s3://models/8"},
                ),
            },
        )
    }
    assert state_in(past, "sentiment") == State(release(7), release(8))
    assert state_in(past, "other") is None
    assert state_in(None, "sentiment") is None


def test_a_release_is_version_place_and_origin() -> None:
    assert release_of(BOTH[1]) == release(8)
