"""Boxes that do not overlap, and arrows that begin and end at them."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from synth.review.graph.applications import _direct
from synth.review.graph.layout import RANK_GAP, Size, arrange
from synth.review.graph.picture import Arrow
from synth.review.graph.ranks import ranks, without_circles

NAMES = [f"n{index}" for index in range(6)]
PAIRS = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(
        lambda pair: pair[0] != pair[1]
    ),
    unique=True,
    max_size=10,
)
SIZES = st.builds(Size, st.integers(20, 90), st.integers(10, 60))


def reachable(pairs: list[tuple[str, str]]) -> set[tuple[str, str]]:
    """Everything that leads to something, over however many."""
    found = set(pairs)
    while True:
        more = {(a, d) for a, b in found for c, d in found if b == c} - found
        if not more:
            return found
        found |= more


def arrows(pairs: list[tuple[str, str]]) -> list[Arrow]:
    return without_circles([Arrow(*pair, "", "") for pair in pairs])


@given(PAIRS)
def test_what_remains_has_no_circle_and_leads_on(pairs: list[tuple[str, str]]) -> None:
    found = arrows(pairs)
    assert [(arrow.source, arrow.target) for arrow in found] == pairs
    forward = [(arrow.source, arrow.target) for arrow in found if not arrow.returns]
    assert not any(one == other for one, other in reachable(forward))
    place = ranks(NAMES, found)
    assert all(place[one] < place[other] for one, other in forward)
    assert all(
        any(other == name and place[one] == place[name] - 1 for one, other in forward)
        for name in NAMES
        if place[name]
    )


@given(PAIRS)
def test_a_circle_is_needed_for_an_arrow_to_return(pairs: list[tuple[str, str]]) -> None:
    for arrow in arrows(pairs):
        if arrow.returns:
            assert (arrow.target, arrow.source) in reachable(pairs)


@given(PAIRS)
def test_only_what_follows_from_others_is_left_out(pairs: list[tuple[str, str]]) -> None:
    direct = _direct(pairs)
    assert direct <= set(pairs)
    assert reachable(sorted(direct)) == reachable(pairs)
    circles = any(one == other for one, other in reachable(pairs))
    for pair in direct if not circles else ():
        assert pair not in reachable([each for each in pairs if each != pair])


@given(PAIRS, st.lists(SIZES, min_size=len(NAMES), max_size=len(NAMES)))
def test_everything_has_room(pairs: list[tuple[str, str]], given_sizes: list[Size]) -> None:
    found = arrows(pairs)
    place = ranks(NAMES, found)
    sizes = dict(zip(NAMES, given_sizes, strict=True))
    forward = [(arrow.source, arrow.target) for arrow in found if not arrow.returns]
    layout = arrange(place, sizes, forward)
    assert layout == arrange(place, sizes, forward)
    rows: dict[int, list[tuple[float, float]]] = {}
    for name, corner in layout.boxes.items():
        rows.setdefault(place[name], []).append((corner.across, corner.across + sizes[name].across))
        assert corner.along == layout.ranks[place[name]]
        assert corner.along + sizes[name].along <= layout.size.along
        assert -1e-6 <= corner.across <= layout.size.across - sizes[name].across + 1e-6
    for row in rows.values():
        assert all(one[1] < other[0] for one, other in pairwise(sorted(row)))
    for (source, target), points in layout.arrows.items():
        ends = ((source, points[0]), (target, points[-1]))
        for name, point in ends:
            corner = layout.boxes[name]
            assert corner.across <= point.across <= corner.across + sizes[name].across
        assert points[0].along == layout.boxes[source].along + sizes[source].along
        assert points[-1].along == layout.boxes[target].along
        # Between ranks it goes on, and through one it goes straight.
        assert len(points) == 2 * (place[target] - place[source]) + 1
        for index, (one, other) in enumerate(pairwise(points)):
            assert other.along >= one.along
            assert one.across == other.across or index % 2
    assert all(other - one >= RANK_GAP for one, other in pairwise(layout.ranks))
