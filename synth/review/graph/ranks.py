"""How far from the beginning things are that arrows lead to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from synth.review.graph.picture import Arrow


def without_circles(arrows: Sequence[Arrow]) -> list[Arrow]:
    """The arrows, of which those that close a circle return."""
    after: dict[str, list[str]] = {}
    for arrow in arrows:
        if not arrow.returns:
            after.setdefault(arrow.source, []).append(arrow.target)
    closing: set[tuple[str, str]] = set()
    done: set[str] = set()

    def follow(name: str, way: tuple[str, ...]) -> None:
        for other in after.get(name, ()):
            if other in way:
                closing.add((name, other))
            elif other not in done:
                follow(other, (*way, other))
        done.add(name)

    for name in after:
        if name not in done:
            follow(name, (name,))
    return [
        replace(arrow, returns=arrow.returns or (arrow.source, arrow.target) in closing)
        for arrow in arrows
    ]


def ranks(names: Iterable[str], arrows: Iterable[Arrow]) -> dict[str, int]:
    """One more than the highest that leads to each, from 0; arrows that return do not count."""
    before: dict[str, list[str]] = {name: [] for name in names}
    for arrow in arrows:
        if not arrow.returns:
            before[arrow.target].append(arrow.source)
    found: dict[str, int] = {}

    def rank(name: str) -> int:
        if name not in found:
            found[name] = max((rank(each) + 1 for each in before[name]), default=0)
        return found[name]

    return {name: rank(name) for name in before}
