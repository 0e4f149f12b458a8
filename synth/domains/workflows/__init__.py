"""Workflows of Argo: templates, and schedules that start them."""

from synth.domains.workflows.steps import Pipelines
from synth.domains.workflows.workflow import ArgoWorkflow, reference

__all__ = ["ArgoWorkflow", "Pipelines", "reference"]
