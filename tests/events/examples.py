"""A team with a model that is retrained, and what is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdk8s import App, Chart

from synth.config.events import Events
from synth.config.observability import Prometheus
from synth.config.serving import Model
from synth.domains.events import TeamEvents
from synth.kit.objects import Body
from synth.render.collect import collect

MODEL: dict[str, Any] = {
    "name": "sentiment",
    "team": "nlp",
    "variants": (
        {
            "name": "stable",
            "version": 7,
            "artifact": "s3://models/7",
            "traffic": 100,
            "provenance": {
                "registeredModel": "sentiment",
                "run": "r",
                "metrics": {"accuracy": 0.9},
            },
        },
    ),
    "objectives": {"accuracyDrop": "5%", "inputDrift": 0.2},
    "retraining": {"workflow": "sentiment-training"},
}

RUNS: dict[str, Body] = {
    name: {"workflowTemplateRef": {"name": name}}
    for name in ("sentiment-training", "topics-training")
}
"""The runs of the workflows that retrain."""


def model(**changes: Any) -> Model:
    return Model.model_validate({**MODEL, **changes})


def made(*models: Model, runs: Mapping[str, Body] = RUNS, **events: Any) -> dict[str, Body]:
    """The objects of team nlp by `Kind/name`."""
    app = App()
    TeamEvents(
        Chart(app, "events"),
        "nlp",
        models or (model(),),
        Events.model_validate(events),
        Prometheus(labels={"release": "kube-prometheus-stack"}),
        runs=runs,
    )
    bodies = [each.body for each in collect(app)]
    return {f"{body['kind']}/{body['metadata']['name']}": body for body in bodies}
