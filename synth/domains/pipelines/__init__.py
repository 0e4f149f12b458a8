"""Pipelines that are registered with Kubeflow Pipelines."""

from synth.domains.pipelines.registration import RegisteredPipeline, registration_name
from synth.domains.pipelines.stored import StoredPipeline

__all__ = ["RegisteredPipeline", "StoredPipeline", "registration_name"]
