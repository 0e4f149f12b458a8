"""What the rules say of the tracking server."""

from __future__ import annotations

import pytest

from synth.config.environment import Environment
from synth.rules.findings import Finding
from synth.rules.registry import check_registry


def findings(release: str | None, *, mesh: bool) -> list[Finding]:
    environment = Environment.model_validate(
        {
            "name": "only",
            "cluster": {"kubernetes": "1.26"},
            "gitops": {"repoURL": "https://git.example.com/ml/platform.git"},
            "kubeflow": {"release": release} if release else None,
            "mlflow": {
                "backendStore": {"secretName": "mlflow-database"},
                "artifacts": {"destination": "s3://models"},
                "mesh": mesh,
            },
        }
    )
    return list(check_registry(environment))


@pytest.mark.parametrize("release", ["1.8.0", "1.8.1", "1.9.1"])
def test_a_mesh_without_its_cni_plugin_is_none_for_a_restricted_namespace(release: str) -> None:
    assert findings(release, mesh=True) == [
        Finding(
            "ML001", "error", "mlflow.mesh",
            f"Kubeflow {release} has no CNI plugin for Istio: its sidecars come with a container "
            "that needs NET_ADMIN, which the level restricted of MLflow's namespace refuses; take "
            "mesh off",
        )
    ]  # fmt: skip
    assert findings(release, mesh=False) == []


@pytest.mark.parametrize("release", ["1.10", "1.11", "26.03", None])
def test_a_mesh_with_it_or_one_that_we_know_nothing_of_is_fine(release: str | None) -> None:
    assert findings(release, mesh=True) == []
