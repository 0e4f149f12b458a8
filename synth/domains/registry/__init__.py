"""The model registry."""

from synth.domains.registry.mlflow import LABELS, NAME, TrackingServer

__all__ = ["LABELS", "NAME", "TrackingServer"]
