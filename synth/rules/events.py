"""Whether an alert that is to retrain a model finds its way to the workflow."""

from __future__ import annotations

from collections.abc import Iterator

from synth.catalog.addons import JETSTREAM_IMAGES
from synth.config.environment import Environment
from synth.config.retraining import Retraining
from synth.config.serving import Model
from synth.config.workflows import Workflow
from synth.kit.quantities import milliseconds
from synth.rules.findings import Finding


def check_events(environment: Environment) -> Iterator[Finding]:
    """Findings about retraining, and about the bus that its alerts take."""
    retrained = [(model, model.retraining) for model in environment.models if model.retraining]
    if not retrained:
        return
    version = environment.events.bus.version
    if version not in JETSTREAM_IMAGES:
        yield Finding(
            "EV001", "error", "events.bus.version",
            f"Argo Events has no images for NATS {version} here: take "
            f"{' or '.join(JETSTREAM_IMAGES)}",
        )  # fmt: skip
    workflows = {workflow.name: workflow for workflow in environment.workflows}
    for model, retraining in retrained:
        key = f"models.{model.name}.retraining"
        yield from _way(environment, key)
        yield from _alerts(model, retraining, key)
        yield from _workflow(model, retraining, workflows[retraining.workflow], key)


def _way(environment: Environment, key: str) -> Iterator[Finding]:
    if not environment.addons.argo_events:
        yield Finding(
            "EV002", "error", key, "there is no Argo Events here to start it: add addons.argoEvents"
        )
    if not environment.observability:
        yield Finding(
            "EV003", "error", key, "nobody sends alerts here: add observability.prometheus"
        )


def _alerts(model: Model, retraining: Retraining, key: str) -> Iterator[Finding]:
    promised = set(model.retrained_on)
    if retraining.when:
        for missing in sorted(set(retraining.when) - promised):
            yield Finding(
                "EV004", "error", f"{key}.when",
                f"the model does not promise {missing}, whose alert is to start it: add it to "
                "objectives, or take it out here",
            )  # fmt: skip
    elif not promised:
        yield Finding(
            "EV004", "error", key,
            "nothing starts it: objectives has neither accuracyDrop nor inputDrift",
        )  # fmt: skip


def _workflow(
    model: Model, retraining: Retraining, workflow: Workflow, key: str
) -> Iterator[Finding]:
    if workflow.team != model.team:
        yield Finding(
            "EV005", "error", f"{key}.workflow",
            f"{workflow.name} belongs to team {workflow.team}, and alerts on a model of "
            f"{model.team} start workflows of {model.team} only",
        )  # fmt: skip
    for which, name in retraining.parameters:
        if name and name not in workflow.parameters:
            there = ", ".join(sorted(workflow.parameters)) or "none"
            yield Finding(
                "EV006", "error", f"{key}.parameters.{which}",
                f"{workflow.name} has no parameter {name!r} (there: {there}): add it to "
                f"workflows.{workflow.name}.parameters, or set {which} to null here",
            )  # fmt: skip
    if workflow.schedule and not workflow.mutex:
        yield Finding(
            "EV008", "warning", f"{key}.workflow",
            f"a retraining and a scheduled run of {workflow.name} could go on at once: give "
            f"workflows.{workflow.name}.mutex a name",
        )  # fmt: skip
    if milliseconds(retraining.at_most_every) > milliseconds(workflow.ttl):
        yield Finding(
            "EV007", "error", f"{key}.atMostEvery",
            f"{retraining.at_most_every} is longer than a finished run stays, and a run that is "
            f"gone holds off no other: set workflows.{workflow.name}.ttl to as much at least, or "
            f"take {workflow.ttl} at most",
        )  # fmt: skip
