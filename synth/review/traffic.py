"""How a variant of a model did, as Prometheus has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from synth.catalog.metrics import FAILED, PREDICTIONS, SELDON_REQUESTS


class Traffic(NamedTuple):
    """Requests within a window of time, the share of one that failed, and the 95th percentile of
    the latency in seconds; None where nothing was measured.
    """

    requests: float
    errors: float | None
    latency: float | None


def traffic(
    ask: Callable[[str], float | None],
    namespace: str,
    model: str,
    variant: str,
    version: int,
    window: str,
) -> Traffic:
    """How a version did as this variant within a window (a duration) until now.

    `ask` answers one instant query.
    """
    chosen = ", ".join(
        (
            f'namespace="{namespace}"',
            f'deployment_name="{model}"',
            f'predictor_name="{variant}"',
            f'predictor_version="{version}"',
            PREDICTIONS,
        )
    )
    requests = ask(f"sum(increase({SELDON_REQUESTS}_count{{{chosen}}}[{window}]))")
    if not requests:
        return Traffic(0, None, None)
    failed = ask(f"sum(increase({SELDON_REQUESTS}_count{{{chosen}, {FAILED}}}[{window}]))")
    latency = ask(
        "histogram_quantile(0.95, "
        f"sum by (le) (rate({SELDON_REQUESTS}_bucket{{{chosen}}}[{window}])))"
    )
    return Traffic(requests, (failed or 0) / requests, latency)
