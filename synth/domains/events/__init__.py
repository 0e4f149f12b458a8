"""Alerts that start workflows, through Argo Events."""

from synth.domains.events.team import TeamEvents

__all__ = ["TeamEvents"]
