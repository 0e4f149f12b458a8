"""What the rules say of Seldon's operator."""

from __future__ import annotations

from typing import Any

import pytest

from synth.config.environment import Environment
from synth.rules.findings import Finding
from synth.rules.kubeflow import check_kubeflow

MODEL = {
    "name": "sentiment",
    "team": "nlp",
    "variants": [{"name": "stable", "version": 1, "artifact": "s3://models/1", "traffic": 100}],
}


def findings(
    *,
    release: str | None = None,
    on: bool = False,
    seldon: dict[str, Any] | None = None,
    kubernetes: str = "1.26",
    models: bool = False,
) -> list[Finding]:
    environment = Environment.model_validate(
        {
            "name": "only",
            "cluster": {"kubernetes": kubernetes},
            "gitops": {"repoURL": "https://git.example.com/ml/platform.git"},
            "kubeflow": {"release": release, "components": {"seldon": True} if on else {}}
            if release
            else None,
            "addons": {"seldon": seldon},
            "teams": [{"name": "nlp", "owner": "nlp@example.com"}],
            "models": [MODEL] if models else [],
        },
        strict=False,
    )
    return [each for each in check_kubeflow(environment) if each.code.startswith(("AD", "SV"))]


@pytest.mark.parametrize(
    ("release", "way_out"),
    [
        ("1.8.1", "switch kubeflow.components.seldon on, or add addons.seldon"),
        ("26.03", "add addons.seldon"),
        (None, "add addons.seldon"),
    ],
)
def test_a_model_without_an_operator_is_told_every_way_to_one(
    release: str | None, way_out: str
) -> None:
    assert findings(release=release, models=True) == [
        Finding(
            "SV001", "error", "models.sentiment", f"there is no Seldon operator here: {way_out}"
        )
    ]
    assert findings(release=release, models=True, seldon={}) == []
    assert findings(release="1.8.1", models=True, on=True) == []


def licence(key: str, version: str) -> Finding:
    return Finding(
        "AD003", "warning", key,
        f"Seldon Core {version} is under the Business Source License 1.1, which has no free "
        "production use; 1.17.1 is the last one under the Apache License",
    )  # fmt: skip


def test_a_licence_without_free_production_use_is_told() -> None:
    assert findings(seldon={"version": "1.18.2"}) == [licence("addons.seldon", "1.18.2")]
    assert findings(release="1.9.1", on=True) == [licence("kubeflow.components.seldon", "1.18.1")]
    assert findings(release="1.8.1", on=True) == []


@pytest.mark.parametrize("kubernetes", ["1.22", "1.28", "1.33"])
def test_a_cluster_that_it_is_not_documented_for_is_told(kubernetes: str) -> None:
    assert findings(seldon={}, kubernetes=kubernetes) == [
        Finding(
            "AD004", "warning", "addons.seldon",
            "Seldon Core 1.17.1 is documented for Kubernetes 1.23 to 1.27, and the cluster has "
            f"{kubernetes}",
        )
    ]  # fmt: skip
    assert findings(seldon={}, kubernetes="1.27") == []
