"""Metrics of models, alerts on what the models promise, and who is told of them."""

from synth.domains.observability.notifications import WhoIsTold
from synth.domains.observability.team import TeamMonitoring

__all__ = ["TeamMonitoring", "WhoIsTold"]
