"""Workflows that run on a schedule."""

from synth.domains.workflows.cron import ScheduledWorkflow

__all__ = ["ScheduledWorkflow"]
