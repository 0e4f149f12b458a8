"""A later release of Kubeflow, against the one that stands in `dist/`."""

from __future__ import annotations

from collections.abc import Iterator

from synth.catalog.upgrades import obstacles
from synth.config.environment import Environment
from synth.rules.findings import Finding
from synth.rules.standing import Standing


def check_upgrade(environment: Environment, standing: Standing) -> Iterator[Finding]:
    """Findings about what Argo CD cannot do by itself on the way to the environment's release."""
    if environment.kubeflow is None:
        return
    for each in obstacles(standing.release, environment.kubeflow.release):
        application = f"kubeflow-{each.component}"
        if application in standing.applications:
            yield Finding(
                "KF009", "warning", "kubeflow.release",
                f"on the way from {standing.release}, {each.what}; once this is merged and "
                f"{environment.name}-{application} fails, run: {'; '.join(each.commands)}",
            )  # fmt: skip
