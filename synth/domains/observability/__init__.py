"""Metrics of models, and alerts on what the models promise."""

from synth.domains.observability.team import TeamMonitoring

__all__ = ["TeamMonitoring"]
