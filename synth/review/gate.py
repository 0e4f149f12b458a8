"""Whether a version of a model is good enough to go on: its numbers beside the stable one's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from synth.config.promotion import LiveGate, MetricGate
from synth.kit.quantities import percent
from synth.review.traffic import Traffic

Outcome = Literal["passed", "worse", "unknown", "not enough traffic yet"]


class Comparison(NamedTuple):
    """One number of two versions; `limit` says in words what the candidate's may be.

    Latencies are in seconds, errors a share of one.
    """

    what: str
    stable: float | None
    candidate: float | None
    limit: str
    outcome: Outcome


def compare_metrics(
    gate: Mapping[str, MetricGate], stable: Mapping[str, float], candidate: Mapping[str, float]
) -> Iterator[Comparison]:
    """What the registry knows of two versions, metric by metric."""
    for name, limits in sorted(gate.items()):
        ours, theirs = candidate.get(name), stable.get(name)
        least, most = _bounds(limits, theirs)
        outcome: Outcome = "passed"
        if ours is None or (theirs is None and (limits.drop or limits.rise)):
            outcome = "unknown"
        elif (least is not None and ours < least) or (most is not None and ours > most):
            outcome = "worse"
        yield Comparison(name, theirs, ours, _said(limits), outcome)


def compare_traffic(gate: LiveGate, stable: Traffic, candidate: Traffic) -> Iterator[Comparison]:
    """How canary and stable did side by side."""
    few = min(stable.requests, candidate.requests) < gate.min_requests
    yield Comparison(
        "requests", stable.requests, candidate.requests,
        f"at least {gate.min_requests} in {gate.window}",
        "not enough traffic yet" if few else "passed",
    )  # fmt: skip
    if few:
        return
    highest = _sum(stable.latency, (stable.latency or 0) * float(percent(gate.latency)))
    yield Comparison(
        "latency p95", stable.latency, candidate.latency, f"at most {gate.latency} higher",
        _at_most(candidate.latency, highest),
    )  # fmt: skip
    yield Comparison(
        "errors", stable.errors, candidate.errors, f"at most {gate.errors} of requests more",
        _at_most(candidate.errors, _sum(stable.errors, float(percent(gate.errors)))),
    )  # fmt: skip


def _bounds(limits: MetricGate, stable: float | None) -> tuple[float | None, float | None]:
    """Below and above which the candidate's value is worse."""
    least = [limits.least] if limits.least is not None else []
    most = [limits.most] if limits.most is not None else []
    if stable is not None:
        if limits.drop:
            least.append(stable - abs(stable) * float(percent(limits.drop)))
        if limits.rise:
            most.append(stable + abs(stable) * float(percent(limits.rise)))
    return max(least, default=None), min(most, default=None)


def _said(limits: MetricGate) -> str:
    said = [
        f"at most {limits.drop} lower" if limits.drop else "",
        f"at most {limits.rise} higher" if limits.rise else "",
        f"at least {limits.least:g}" if limits.least is not None else "",
        f"at most {limits.most:g}" if limits.most is not None else "",
    ]
    return ", ".join(each for each in said if each)


def _at_most(value: float | None, most: float | None) -> Outcome:
    if value is None or most is None:
        return "unknown"
    return "worse" if value > most else "passed"


def _sum(value: float | None, more: float) -> float | None:
    return None if value is None else value + more
