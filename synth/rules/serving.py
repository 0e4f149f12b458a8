"""What models need of the cluster and of each other."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from synth.catalog.kubeflow import load_release
from synth.config.environment import Environment
from synth.rules.findings import Finding
from synth.rules.kserve import check_kserve
from synth.rules.seldon import check_seldon
from synth.rules.seldon_names import check_seldon_names


def check_serving(environment: Environment, components: Collection[str]) -> list[Finding]:
    """Findings about the models; `components` are Kubeflow's that are switched on."""
    return [
        *_operator(environment, components),
        *_provenance(environment),
        *check_seldon_names(environment),
        *check_seldon(environment),
        *check_kserve(environment, components),
    ]


def _operator(environment: Environment, components: Collection[str]) -> Iterator[Finding]:
    if "seldon" in components or environment.addons.seldon:
        return
    kubeflow = environment.kubeflow
    way_out = "add addons.seldon"
    if kubeflow and "seldon" in load_release(kubeflow.release).components:
        way_out = f"switch kubeflow.components.seldon on, or {way_out}"
    for model in environment.models:
        if model.engine == "seldon":
            yield Finding(
                "SV001", "error", f"models.{model.name}",
                f"there is no Seldon operator here: {way_out}",
            )  # fmt: skip


def _provenance(environment: Environment) -> Iterator[Finding]:
    if not environment.policy.require_provenance:
        return
    for model in environment.models:
        key = f"models.{model.name}"
        for variant in model.variants:
            if not variant.provenance:
                yield Finding(
                    "SV003", "error", f"{key}.variants.{variant.name}",
                    "policy.requireProvenance: nothing says which run it came from; "
                    "synth model bump writes that down",
                )  # fmt: skip
        for step in model.steps.walk():
            if step.artifact and not step.provenance:
                yield Finding(
                    "SV003", "error", f"{key}.graph",
                    f"policy.requireProvenance: nothing says which run the artifact of {step.name} "
                    "came from: write its provenance",
                )  # fmt: skip
