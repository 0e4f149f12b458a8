"""What the tracking server needs of the cluster."""

from __future__ import annotations

from collections.abc import Iterator

from synth.catalog.kubeflow import load_release
from synth.config.environment import Environment
from synth.rules.findings import Finding


def check_registry(environment: Environment) -> Iterator[Finding]:
    """A finding where Istio would need privileges in the tracking server's pods."""
    kubeflow, mlflow = environment.kubeflow, environment.mlflow
    if not (kubeflow and mlflow and mlflow.mesh):
        return
    if not load_release(kubeflow.release).istio_plugin:
        yield Finding(
            "ML001", "error", "mlflow.mesh",
            f"Kubeflow {kubeflow.release} has no CNI plugin for Istio: its sidecars come with a "
            "container that needs NET_ADMIN, which the level restricted of MLflow's namespace "
            "refuses; take mesh off",
        )  # fmt: skip
