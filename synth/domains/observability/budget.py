"""How fast a model may use up its error budget: what it may fail by its own fault in 30 days.

Source: Google, The Site Reliability Workbook, chapter 5 (Alerting on SLOs), multiwindow,
multi-burn-rate alerts; kubernetes-monitoring/kubernetes-mixin lib/slo and alerts/kube_apiserver.libsonnet
for what waits how long and the labels `long` and `short`.
"""

from __future__ import annotations

from typing import NamedTuple

from synth.kit.durations import seconds

PERIOD_HOURS = 720
"""The budget is for 30 days."""


class Burn(NamedTuple):
    """Alerts where the budget is used up `factor` times as fast as it may be, within the `long`
    window and still within the `short` one, for `pending`; `urgent` where people have to come.
    """

    long: str
    short: str
    factor: float
    pending: str
    urgent: bool

    @property
    def lasts(self) -> str:
        """How long the budget lasts at that rate."""
        hours = PERIOD_HOURS / self.factor
        return f"{hours / 24:g} days" if hours >= 72 else f"{hours:g} hours"


BURNS = (
    Burn("1h", "5m", 14.4, "2m", urgent=True),
    Burn("6h", "30m", 6, "15m", urgent=True),
    Burn("1d", "2h", 3, "1h", urgent=False),
    Burn("3d", "6h", 1, "3h", urgent=False),
)
WINDOWS = tuple(sorted({each for burn in BURNS for each in (burn.long, burn.short)}, key=seconds))
"""All windows of BURNS, the shortest first."""
