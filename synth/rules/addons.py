"""Which operator of Seldon an environment has, and what is to be said of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from synth.catalog.addons import SELDON_KUBERNETES, SELDON_LAST_OPEN, SELDON_MINORS
from synth.catalog.images import split
from synth.catalog.kubeflow import Component
from synth.config.environment import Environment
from synth.kit.versions import minor
from synth.rules.findings import Finding

_KUBEFLOWS = "kubeflow.components.seldon"
_OURS = "addons.seldon"


def check_addons(environment: Environment, components: Collection[Component]) -> Iterator[Finding]:
    """Findings about add-ons; `components` are Kubeflow's that are switched on."""
    operators = dict(_operators(environment, components))
    if operators.keys() == {_KUBEFLOWS, _OURS}:
        yield Finding(
            "AD001", "error", _OURS,
            "Kubeflow brings Seldon's operator already (kubeflow.components.seldon), and two would "
            "both act on every SeldonDeployment: switch one of them off",
        )  # fmt: skip
    for key, version in operators.items():
        if key == _OURS and minor(version) not in SELDON_MINORS:
            known = " and ".join(f"{major}.{number}" for major, number in SELDON_MINORS)
            yield Finding(
                "AD002", "error", f"{key}.version",
                f"nothing is known of the chart of Seldon Core {version}, which the project would "
                f"have to permit: take one of {known}",
            )  # fmt: skip
        if minor(version) > SELDON_LAST_OPEN:
            yield Finding(
                "AD003", "warning", key,
                f"Seldon Core {version} is under the Business Source License 1.1, which has no free "
                "production use; 1.17.1 is the last one under the Apache License",
            )  # fmt: skip
        kubernetes = environment.cluster.kubernetes
        if not SELDON_KUBERNETES[0] <= minor(kubernetes) <= SELDON_KUBERNETES[1]:
            first, last = (f"{major}.{number}" for major, number in SELDON_KUBERNETES)
            yield Finding(
                "AD004", "warning", key,
                f"Seldon Core {version} is documented for Kubernetes {first} to {last}, and the "
                f"cluster has {kubernetes}",
            )  # fmt: skip


def _operators(
    environment: Environment, components: Collection[Component]
) -> Iterator[tuple[str, str]]:
    """The version of each operator there is, by where it is switched on."""
    if environment.addons.seldon:
        yield _OURS, environment.addons.seldon.version
    for component in components:
        for use in component.images if component.name == "seldon" else ():
            name, tag, _ = split(use.image)
            if name.endswith("/seldon-core-operator"):
                yield _KUBEFLOWS, tag
