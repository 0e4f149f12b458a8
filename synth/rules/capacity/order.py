"""How much of what waits for each other can run at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from fractions import Fraction

from synth.rules.capacity.amounts import Amounts

Before = Mapping[str, Collection[str]]
"""What each task waits for, by name."""

_Node = tuple[str, str]
_START: _Node = ("start", "")
_END: _Node = ("end", "")


def most_at_once(
    tasks: Mapping[str, Amounts], before: Before, parallelism: int | None = None
) -> dict[str, Fraction]:
    """Of each resource the most that tasks can take at once of which none waits for another.

    That is exact; with `parallelism`, the number of tasks at once, it is at most that and at most
    what so many of the largest take, whether or not these can run at once.
    """
    after = _closed(tasks, before)
    result = {}
    for name in {name for amounts in tasks.values() for name in amounts}:
        weights = {task: amounts.get(name, Fraction(0)) for task, amounts in tasks.items()}
        largest = sorted(weights.values(), reverse=True)[:parallelism]
        result[name] = min(_heaviest(weights, after), sum(largest, Fraction(0)))
    return result


def _closed(tasks: Collection[str], before: Before) -> dict[str, set[str]]:
    """All that waits for each task, also through others."""
    after: dict[str, set[str]] = {task: set() for task in tasks}
    for task in tasks:
        waiting = [*before.get(task, ())]
        seen: set[str] = set()
        while waiting:
            earlier = waiting.pop()
            if earlier in after and earlier not in seen:
                seen.add(earlier)
                after[earlier].add(task)
                waiting += before.get(earlier, ())
    return after


def _heaviest(weights: Mapping[str, Fraction], after: Mapping[str, set[str]]) -> Fraction:
    """The heaviest set of tasks of which none comes after another: by Dilworth's theorem all weight
    but the greatest flow from tasks to later ones in which each gives and takes its weight at most.
    """
    everything = sum(weights.values(), Fraction(0))
    room: dict[_Node, dict[_Node, Fraction]] = {_START: {}, _END: {}}
    for task, weight in weights.items():
        gives, takes = ("gives", task), ("takes", task)
        room[_START][gives] = weight
        room[gives] = {("takes", later): everything for later in after[task]}
        room[takes] = {_END: weight}
    return everything - _flow(room)


def _flow(room: dict[_Node, dict[_Node, Fraction]]) -> Fraction:
    """The greatest flow, along shortest ways (Edmonds and Karp); `room` is used up."""
    flow = Fraction(0)
    while edges := _way(room):
        amount = min(room[one][other] for one, other in edges)
        for one, other in edges:
            room[one][other] -= amount
            room[other][one] = room[other].get(one, Fraction(0)) + amount
        flow += amount
    return flow


def _way(room: Mapping[_Node, Mapping[_Node, Fraction]]) -> list[tuple[_Node, _Node]]:
    """The edges of a shortest way with room from start to end; none where there is no way."""
    came: dict[_Node, _Node] = {_START: _START}
    waiting = deque([_START])
    while waiting and _END not in came:
        node = waiting.popleft()
        for other, left in room[node].items():
            if left and other not in came:
                came[other] = node
                waiting.append(other)
    edges: list[tuple[_Node, _Node]] = []
    node = _END
    while node in came and node != _START:
        edges.append((came[node], node))
        node = came[node]
    return edges
