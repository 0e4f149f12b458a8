"""What models need of the cluster and of each other."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from synth.catalog.kubeflow import load_release
from synth.config.environment import Environment
from synth.rules.findings import Finding
from synth.rules.kserve import check_kserve


def check_serving(environment: Environment, components: Collection[str]) -> list[Finding]:
    """Findings about the models; `components` are Kubeflow's that are switched on."""
    return [
        *_operator(environment, components),
        *_names(environment),
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


def _names(environment: Environment) -> Iterator[Finding]:
    """Seldon calls a variant's Service and Deployment `<model>-<variant>…`
    (SeldonIO/seldon-core operator/controllers/seldondeployment_controller.go, 1.17.1).
    """
    taken: dict[tuple[str, str], str] = {}
    for model in (model for model in environment.models if model.engine == "seldon"):
        for variant in model.variants:
            service = f"{model.name}-{variant.name}"
            first = taken.setdefault((model.team, service), model.name)
            if first != model.name:
                yield Finding(
                    "SV002", "error", f"models.{model.name}.variants.{variant.name}",
                    f"Seldon would call its Service {service}, as it does a variant of {first}: "
                    "rename one of them",
                )  # fmt: skip
