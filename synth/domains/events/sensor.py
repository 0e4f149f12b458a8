"""Which alerts start which workflow, and as whom.

A payload of Alertmanager holds several alerts, firing and resolved ones, so that its own `status`
and its first alert say nothing: the filter counts the alerts that are meant, by a label that they
carry for it. Grafana sends the same form.

A trigger's `rateLimit` delays and drops nothing, so that what flaps would train for days. What keeps
to `atMostEvery` is the Workflow's name: it holds the beginning of the span of the clock that the
alert came in, and the API server takes no second object of a name. A delivery that is repeated
finds its own.

Source: argoproj/argo-events pkg/apis/events/v1alpha1/sensor_types.go, pkg/sensors/listener.go,
pkg/sensors/dependencies/filter.go, pkg/sensors/triggers (params.go, standard-k8s), 1.9.10;
tidwall/gjson SYNTAX.md; prometheus/alertmanager template/template.go (Data); Grafana's docs
alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from synth.config.retraining import RETRAINING_LABEL, Retraining
from synth.config.serving import Model
from synth.domains.events.pods import template
from synth.domains.events.source import AlertSource
from synth.kit.durations import seconds
from synth.kit.labels import app_labels
from synth.kit.names import LABEL_LENGTH, bounded
from synth.kit.objects import Body, manifest

NAME = "retraining"
_STAMP = "20060102-1504"
"""Go's way to write a year, month, day, hour and minute."""
_CALLS = {"unit": "Minute", "requestsPerUnit": 10}
"""How often a trigger may call the API server."""


def access(team: str) -> list[Body]:
    """The Sensor's account, which may create Workflows and do nothing else."""
    rbac = "rbac.authorization.k8s.io"
    start = {"apiGroups": ["argoproj.io"], "resources": ["workflows"], "verbs": ["create"]}
    return [
        manifest("v1", "ServiceAccount", NAME, namespace=team),
        manifest(f"{rbac}/v1", "Role", NAME, namespace=team, rules=[start]),
        manifest(
            f"{rbac}/v1",
            "RoleBinding",
            NAME,
            namespace=team,
            roleRef={"apiGroup": rbac, "kind": "Role", "name": NAME},
            subjects=[{"kind": "ServiceAccount", "name": NAME, "namespace": team}],
        ),
    ]


def sensor(
    team: str, models: Sequence[Model], source: AlertSource, runs: Mapping[str, Body]
) -> Body:
    """One Sensor, which is one pod, with a dependency and a trigger for each model."""
    retrained = [(model, model.retraining) for model in models if model.retraining]
    return manifest(
        "argoproj.io/v1alpha1",
        "Sensor",
        NAME,
        namespace=team,
        spec={
            "template": template(NAME),
            "dependencies": [_dependency(*each, source) for each in retrained],
            "triggers": [_trigger(*each, runs) for each in retrained],
        },
    )


def _dependency(model: Model, retraining: Retraining, source: AlertSource) -> Body:
    count = {
        # The number is there even when it is 0; what is not there would be logged as a mistake.
        "path": f"{_meant(model, retraining)}|#",
        "type": "number",
        "comparator": ">=",
        "value": ["1"],
    }
    return {
        "name": _condition(model),
        "eventSourceName": source.name,
        "eventName": source.event,
        "filters": {"data": [count]},
    }


def _condition(model: Model) -> str:
    # It is part of an expression, where a name that begins with a digit would be a number.
    return f"model-{model.name}"


def _meant(model: Model, retraining: Retraining) -> str:
    """The path of the firing alerts that say of this model that they start this workflow."""
    labels = {"team": model.team, "model": model.name, RETRAINING_LABEL: retraining.workflow}
    queries = ['status=="firing"', *(f'labels.{key}=="{value}"' for key, value in labels.items())]
    return "|".join(["body.alerts", *(f"#({query})#" for query in queries)])


def _trigger(model: Model, retraining: Retraining, runs: Mapping[str, Body]) -> Body:
    name = _condition(model)
    return {
        "template": {
            "name": name,
            "conditions": name,
            "k8s": {
                "operation": "create",
                "source": {"resource": _workflow(model, retraining, runs)},
                "parameters": list(_parameters(model, retraining)),
            },
        },
        "rateLimit": _CALLS,
    }


def _workflow(model: Model, retraining: Retraining, runs: Mapping[str, Body]) -> Body:
    prefix = bounded(f"{model.name}-retraining", LABEL_LENGTH - len(_STAMP) - 1)
    return manifest(
        "argoproj.io/v1alpha1",
        "Workflow",
        f"{prefix}-",
        namespace=model.team,
        labels=app_labels(retraining.workflow),
        spec={
            **runs[retraining.workflow],
            "arguments": {
                "parameters": [
                    {"name": name, "value": value} for name, value in _given(model, retraining)
                ]
            },
        },
    )


def _given(model: Model, retraining: Retraining) -> list[tuple[str, str]]:
    """The workflow's parameters that are set; the reason comes with the alert and stands last."""
    names = retraining.parameters
    values = ((names.model, model.name), (names.reason, ""))
    return [(name, value) for name, value in values if name]


def _parameters(model: Model, retraining: Retraining) -> Iterator[Body]:
    dependency = _condition(model)
    span = seconds(retraining.at_most_every)
    begun = 'unixEpoch (toDate "2006-01-02T15:04:05Z07:00" .Input.time) | int64'
    yield {
        "src": {
            "dependencyName": dependency,
            "contextTemplate": f"{{{{ $time := {begun} }}}}"
            f'{{{{ dateInZone "{_STAMP}" (sub $time (mod $time {span})) "UTC" }}}}',
        },
        "dest": "metadata.name",
        "operation": "append",
    }
    if retraining.parameters.reason:
        last = len(_given(model, retraining)) - 1
        yield {
            "src": {
                "dependencyName": dependency,
                "dataKey": f"{_meant(model, retraining)}|0.annotations.description",
                "value": "an alert without a description",
            },
            "dest": f"spec.arguments.parameters.{last}.value",
        }
