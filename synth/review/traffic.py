"""How a variant of a model did, as Prometheus has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from synth.catalog.metrics import Requests


class Traffic(NamedTuple):
    """Requests within a window of time, the share of one that failed, and the 95th percentile of
    the latency in seconds; None where nothing was measured.
    """

    requests: float
    errors: float | None
    latency: float | None


def traffic(
    ask: Callable[[str], float | None],
    measured: Requests,
    namespace: str,
    model: str,
    variant: str,
    version: int,
    window: str,
) -> Traffic:
    """How a version did as this variant within a window (a duration) until now.

    `ask` answers one instant query.
    """
    labels = {
        "namespace": namespace,
        measured.model: model,
        **({measured.variant: variant} if measured.variant else {}),
        measured.version: str(version),
    }
    own = ", ".join(f'{label}="{value}"' for label, value in labels.items())
    chosen = f"{own}, {measured.predictions}"
    requests = ask(f"sum(increase({measured.metric}_count{{{chosen}}}[{window}]))")
    if not requests:
        return Traffic(0, None, None)
    failed = ask(f"sum(increase({measured.metric}_count{{{chosen}, {measured.failed}}}[{window}]))")
    latency = ask(
        "histogram_quantile(0.95, "
        f"sum by (le) (rate({measured.metric}_bucket{{{chosen}}}[{window}])))"
    )
    return Traffic(
        requests,
        (failed or 0) / requests,
        None if latency is None else latency / measured.per_second,
    )
