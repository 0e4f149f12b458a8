"""How alerts about models start workflows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from synth.app.workload import Inputs, Workload
from synth.config.environment import Environment
from synth.config.events import Events
from synth.config.observability import Prometheus
from synth.config.serving import Model
from synth.config.workflows import Workflow
from synth.rules.workflows import argo_version

if TYPE_CHECKING:
    from cdk8s import Chart


def retrained(environment: Environment) -> tuple[Model, ...]:
    """The models whose alerts start workflows."""
    if not (environment.observability and argo_version(environment)):
        return ()
    return tuple(model for model in environment.models if model.retraining)


def _event_inputs(environment: Environment) -> Inputs:
    models, argo = retrained(environment), argo_version(environment)
    if not (models and environment.observability):
        return {}
    return {
        "models": models,
        "events": environment.events,
        "prometheus": environment.observability.prometheus,
        "workflows": environment.workflows,
        "argo": argo,
    }


def _events(
    chart: Chart,
    *,
    models: Sequence[Model],
    events: Events,
    prometheus: Prometheus,
    workflows: Sequence[Workflow],
    argo: str,
) -> None:
    from synth.domains.events import TeamEvents
    from synth.domains.workflows import reference

    runs = {workflow.name: reference(workflow, argo) for workflow in workflows}
    for team in sorted({model.team for model in models}):
        its = [model for model in models if model.team == team]
        TeamEvents(chart, team, its, events, prometheus, runs=runs)


EVENTS = Workload(
    11,
    _event_inputs,
    _events,
    frozenset(
        {
            "AlertmanagerConfig.monitoring.coreos.com",
            "EventBus.argoproj.io",
            "EventSource.argoproj.io",
            "NetworkPolicy.networking.k8s.io",
            "Role.rbac.authorization.k8s.io",
            "RoleBinding.rbac.authorization.k8s.io",
            "Sensor.argoproj.io",
            "ServiceAccount",
        }
    ),
)
