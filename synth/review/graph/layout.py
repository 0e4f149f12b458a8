"""Where boxes in ranks stand and how arrows go between them, with few crossings.

The steps of Sugiyama, Tagawa and Toda (1981): an arrow over several ranks has a place in each,
neighbours order a rank, and every box moves as close to its neighbours as there is room.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

RANK_GAP, GAP, LANE = 56.0, 18.0, 12.0
"""Between ranks, between boxes of a rank, and what an arrow takes that goes through one."""
_SWEEPS, _SETTLING = 12, 16
_PORTS = 0.7
"""The part of a box's side that arrows come to."""


class Size(NamedTuple):
    """Along the ranks, and across them."""

    along: float
    across: float


class Point(NamedTuple):
    along: float
    across: float


@dataclass(frozen=True)
class Layout:
    """The first corner of every box, the points of every arrow from the lower rank to the higher one
    (from its box to the end of the rank, and two for each rank that it goes through), where ranks
    begin, and the size of it all.
    """

    boxes: Mapping[str, Point]
    arrows: Mapping[tuple[str, str], tuple[Point, ...]]
    ranks: tuple[float, ...]
    size: Size


def arrange(
    ranks: Mapping[str, int],
    sizes: Mapping[str, Size],
    arrows: Iterable[tuple[str, str]],
    alone: Collection[tuple[str, str]] = (),
) -> Layout:
    """Places boxes of these ranks and sizes; every arrow goes from a lower rank to a higher one. Those
    of one box go one way as long as they can, but for those in `alone`.
    """
    rows, chains = _rows(ranks, list(arrows), alone)
    widths = {
        **{name: LANE for row in rows for name in row},
        **{n: s.across for n, s in sizes.items()},
    }
    links = list(dict.fromkeys(pair for chain in chains.values() for pair in pairwise(chain)))
    rows = _ordered(rows, links)
    centres = _settled(rows, widths, links)
    depths = [max((sizes[n].along for n in row if n in sizes), default=0.0) for row in rows]
    starts = [sum(depths[:rank]) + rank * RANK_GAP for rank in range(len(rows))]
    lowest = min(centres[name] - widths[name] / 2 for row in rows for name in row)
    centres = {name: centre - lowest for name, centre in centres.items()}
    ports = _ports(chains, centres, sizes)
    return Layout(
        {
            name: Point(starts[ranks[name]], centres[name] - size.across / 2)
            for name, size in sizes.items()
        },
        {
            arrow: _points(arrow, chain, ports, centres, ranks, sizes, starts, depths)
            for arrow, chain in chains.items()
        },
        tuple(starts),
        Size(
            starts[-1] + depths[-1],
            max(centres[name] + widths[name] / 2 for row in rows for name in row),
        ),
    )


def _rows(
    ranks: Mapping[str, int],
    arrows: Sequence[tuple[str, str]],
    alone: Collection[tuple[str, str]],
) -> tuple[list[list[str]], dict[tuple[str, str], list[str]]]:
    """The ranks with a place for every arrow that goes through, and the places of every arrow."""
    rows: list[list[str]] = [[] for _ in range(max(ranks.values()) + 1)]
    for name, rank in ranks.items():
        rows[rank].append(name)
    chains: dict[tuple[str, str], list[str]] = {}
    for source, target in arrows:
        assert ranks[source] < ranks[target], (source, target)
        chain = [source]
        for rank in range(ranks[source] + 1, ranks[target]):
            lane = f"{source} → {target if (source, target) in alone else ''} @{rank}"
            chain.append(lane)
            if lane not in rows[rank]:
                rows[rank].append(lane)
        chains[source, target] = [*chain, target]
    return rows, chains


def _ordered(rows: list[list[str]], links: Sequence[tuple[str, str]]) -> list[list[str]]:
    """The rows in the best order that sweeping up and down comes to."""
    before, after = _neighbours(links)
    best, fewest = rows, _crossings(rows, after)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        order = range(1, len(rows)) if down else range(len(rows) - 2, -1, -1)
        rows = list(rows)
        for rank in order:
            beside = rows[rank - 1] if down else rows[rank + 1]
            rows[rank] = _by_neighbours(rows[rank], beside, before if down else after)
        crossings = _crossings(rows, after)
        if crossings < fewest:
            best, fewest = rows, crossings
    return best


def _by_neighbours(row: list[str], beside: list[str], of: Mapping[str, list[str]]) -> list[str]:
    place = {name: index for index, name in enumerate(beside)}
    middle = {}
    for index, name in enumerate(row):
        places = [place[each] for each in of[name] if each in place]
        share = index / max(1, len(row) - 1) * max(0, len(beside) - 1)
        middle[name] = sum(places) / len(places) if places else share
    return sorted(row, key=lambda name: middle[name])


def _crossings(rows: Sequence[Sequence[str]], after: Mapping[str, list[str]]) -> int:
    count = 0
    for upper, lower in pairwise(rows):
        place = {name: index for index, name in enumerate(lower)}
        ends = [sorted(place[each] for each in after[name]) for name in upper]
        for index, first in enumerate(ends):
            for second in ends[index + 1 :]:
                count += sum(1 for one in first for other in second if one > other)
    return count


def _settled(
    rows: Sequence[Sequence[str]],
    widths: Mapping[str, float],
    links: Sequence[tuple[str, str]],
) -> dict[str, float]:
    """The middle of everything, as close to its neighbours as the order of its rank permits."""
    before, after = _neighbours(links)
    centres: dict[str, float] = {}
    for row in rows:
        at = 0.0
        for name in row:
            centres[name] = at + widths[name] / 2
            at += widths[name] + GAP
    for turn in range(_SETTLING):
        for row in rows if turn % 2 == 0 else reversed(rows):
            wanted = []
            for name in row:
                close = before[name] if turn % 2 == 0 else after[name]
                near = close if close and turn < _SETTLING - 2 else before[name] + after[name]
                wanted.append(
                    sum(centres[each] for each in near) / len(near) if near else centres[name]
                )
            centres.update(zip(row, _apart(row, wanted, widths), strict=True))
    return centres


def _apart(row: Sequence[str], wanted: Sequence[float], widths: Mapping[str, float]) -> list[float]:
    """Places in order with room for everything, and the least sum of squares from what is wanted:
    neighbours that would overlap move together (pool adjacent violators).
    """
    offsets = [0.0]
    for one, other in pairwise(row):
        offsets.append(offsets[-1] + (widths[one] + widths[other]) / 2 + GAP)
    blocks: list[tuple[float, int]] = []
    for place, offset in zip(wanted, offsets, strict=True):
        blocks.append((place - offset, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (second, count), (first, number) = blocks.pop(), blocks.pop()
            blocks.append(((first * number + second * count) / (number + count), number + count))
    starts = [start for start, count in blocks for _ in range(count)]
    return [start + offset for start, offset in zip(starts, offsets, strict=True)]


def _neighbours(
    links: Iterable[tuple[str, str]],
) -> tuple[Mapping[str, list[str]], Mapping[str, list[str]]]:
    before: dict[str, list[str]] = defaultdict(list)
    after: dict[str, list[str]] = defaultdict(list)
    for one, other in links:
        after[one].append(other)
        before[other].append(one)
    return before, after


def _ports(
    chains: Mapping[tuple[str, str], list[str]],
    centres: Mapping[str, float],
    sizes: Mapping[str, Size],
) -> dict[tuple[tuple[str, str], str], float]:
    """Where each arrow leaves and reaches its boxes: side by side, in the order of where they go;
    those that go on together leave and come together.
    """
    sides: dict[tuple[str, bool], set[tuple[float, str]]] = defaultdict(set)
    for (source, target), chain in chains.items():
        sides[source, True].add((centres[chain[1]], chain[1]))
        sides[target, False].add((centres[chain[-2]], chain[-2]))
    places = {}
    for (name, leaving), ends in sides.items():
        step = min(LANE, sizes[name].across * _PORTS / len(ends))
        for index, (_, other) in enumerate(sorted(ends)):
            places[name, leaving, other] = centres[name] + (index - (len(ends) - 1) / 2) * step
    found = {}
    for arrow, chain in chains.items():
        found[arrow, arrow[0]] = places[arrow[0], True, chain[1]]
        found[arrow, arrow[1]] = places[arrow[1], False, chain[-2]]
    return found


def _points(
    arrow: tuple[str, str],
    chain: Sequence[str],
    ports: Mapping[tuple[tuple[str, str], str], float],
    centres: Mapping[str, float],
    ranks: Mapping[str, int],
    sizes: Mapping[str, Size],
    starts: Sequence[float],
    depths: Sequence[float],
) -> tuple[Point, ...]:
    source, target = arrow
    first = ranks[source]
    beside = ports[arrow, source]
    points = [
        Point(starts[first] + sizes[source].along, beside),
        Point(starts[first] + depths[first], beside),
    ]
    for rank, name in enumerate(chain[1:-1], first + 1):
        points += [
            Point(starts[rank], centres[name]),
            Point(starts[rank] + depths[rank], centres[name]),
        ]
    return (*points, Point(starts[ranks[target]], ports[arrow, target]))
