"""The model registry."""

from synth.domains.registry.mlflow import TrackingServer

__all__ = ["TrackingServer"]
