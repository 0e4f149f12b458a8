"""How a team's models come about: scheduled runs, pipelines, how good the versions are, and what
starts anew when they are not.

Source of the metrics: synth/catalog/dashboard_metrics.py and images/evaluation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from grafana_foundation_sdk.builders import stat

from synth.catalog.metrics import (
    ACCURACY,
    ACCURACY_JOB,
    DRIFT,
    DRIFT_INPUTS,
    DRIFT_JOB,
    JUDGED,
    PUSHED,
)
from synth.catalog.platform_metrics import CUSTOM, WORKFLOW_SUCCEEDED
from synth.domains.observability import links
from synth.domains.observability.dashboards.page import Page, Panel, page
from synth.domains.observability.dashboards.panels import Panels, Query, Steps, choice, evenly
from synth.domains.observability.dashboards.queries import ended
from synth.domains.observability.pushed import pushed

_CHOSEN = 'workflow="$workflow"'
_DAY = "24h"
_OLD = Steps(fair=2 * 3600, bad=6 * 3600)
_AMISS = Steps(fair=1, bad=3)


def training(team: str, workflows: Sequence[str], datasource: str) -> Page:
    """The dashboard of a team's training; `workflows` are those that have a schedule."""
    make = Panels(datasource)
    rows = (
        ("Now", evenly(_now(make, team, scheduled=bool(workflows)))),
        ("Versions of models", [*_versions(make, team)]),
        ("Scheduled runs", [*_scheduled(make, team)] if workflows else []),
        ("Pipelines", [*_pipelines(make, team)]),
        ("Retraining", [*_retraining(make, team)]),
    )
    return page(
        "training",
        links.uid("training", team),
        f"Training of {team}",
        "Scheduled runs, pipelines, accuracy and drift of what they made, and retrainings.",
        rows,
        variables=[choice("workflow", "Workflow", workflows)] if workflows else [],
        time="2d",
    )


def _now(make: Panels, team: str, *, scheduled: bool) -> Iterator[stat.Panel]:
    yield make.figure(
        1,
        "Least accurate",
        "The share of right predictions of the version that has the fewest, as feedback says.",
        "percentunit",
        f"min({pushed(ACCURACY, 'model, version', namespace=team)})",
    )
    yield make.figure(
        2,
        "Most drift",
        "The population stability index between what a model learned from and what it is asked, "
        "of the model where it is largest: 0.1 is little, above 0.25 much.",
        "none",
        f"max({pushed(DRIFT, 'model', namespace=team)})",
        steps=Steps(fair=0.1, bad=0.25),
    )
    yield make.figure(
        3,
        "Last evaluation",
        "How long ago an accuracy or a drift was measured last, of the model where it is longest.",
        "s",
        f'max(time() - max by (model, job) ({PUSHED}{{namespace="{team}", '
        f'job=~"{ACCURACY_JOB}|{DRIFT_JOB}"}}))',
        steps=_OLD,
    )
    if scheduled:
        yield make.figure(
            4,
            "Last success of $workflow",
            "How long ago the last run of the workflow began that succeeded.",
            "s",
            f"time() - max({_series(team, _CHOSEN)})",
        )
    yield make.figure(
        5,
        "Failed pipeline runs",
        "Runs of Kubeflow Pipelines that failed within 24 hours.",
        "short",
        _runs(team, "failed"),
        steps=_AMISS,
    )
    yield make.figure(
        6,
        "Retrainings",
        "Workflows that alerts about a model started within 24 hours.",
        "short",
        f"sum({_triggered(team, 'triggered', _DAY)}) or vector(0)",
    )


def _versions(make: Panels, team: str) -> Iterator[Panel]:
    of_version = "{{model}} version {{version}}"
    yield make.graph(
        links.ACCURACY,
        "Accuracy",
        "The share of predictions that feedback confirmed, for each version of a model.",
        "percentunit",
        Query(pushed(ACCURACY, "model, version", namespace=team), of_version),
    )
    yield make.graph(
        12,
        "Judged predictions",
        "Over how many predictions the accuracy is taken; below 200 it says little.",
        "short",
        Query(pushed(JUDGED, "model, version", namespace=team), of_version),
    )
    yield make.graph(
        links.DRIFT,
        "Input drift",
        "The population stability index between what a model learned from and what it is asked: 0.1 "
        "is little, above 0.25 much.",
        "none",
        Query(pushed(DRIFT, "model", namespace=team), "{{model}}"),
    )
    yield make.graph(
        14,
        "Inputs compared",
        "Over how many inputs the drift is taken; below 200 it says little.",
        "short",
        Query(pushed(DRIFT_INPUTS, "model", namespace=team), "{{model}}"),
    )


def _scheduled(make: Panels, team: str) -> Iterator[Panel]:
    yield make.graph(
        links.SUCCESS,
        "Since the last success",
        "How long ago the last run of each workflow began that succeeded: a saw whose teeth are as "
        "high as the pauses of its schedule.",
        "s",
        Query(f"time() - {_succeeded(team)}", "{{workflow}}"),
    )
    new = f"max by (workflow) (changes({_series(team, _CHOSEN)}[2m])) > 0"
    yield make.graph(
        22,
        "Durations of $workflow",
        "How long the runs took that succeeded, up to two minutes more: until Prometheus saw them.",
        "s",
        Query(f"time() - {_succeeded(team, _CHOSEN)}\nand on (workflow)\n{new}", "{{workflow}}"),
        points=True,
    )


def _pipelines(make: Panels, team: str) -> Iterator[Panel]:
    yield make.graph(
        links.RUNS,
        "Pipeline runs within 24 hours",
        "Runs of Kubeflow Pipelines in the team's namespace that ended, each time within the last 24 "
        "hours.",
        "short",
        Query(_runs(team, "success"), "succeeded"),
        Query(_runs(team, "failed"), "failed"),
    )
    yield make.graph(
        32,
        "Pods that do not run",
        "Pods of the team that wait for a place or have failed, steps of runs among them.",
        "short",
        Query(
            f'sum by (phase) (kube_pod_status_phase{{namespace="{team}", '
            'phase=~"Pending|Failed|Unknown"})',
            "{{phase}}",
        ),
    )


def _retraining(make: Panels, team: str) -> Iterator[Panel]:
    yield make.graph(
        43,
        "Calls of Alertmanager",
        "Calls that tell of alerts about models and went to the team's event bus, and those that did "
        "not get there, within an hour each.",
        "short",
        Query(_received(team, "sent"), "received"),
        Query(_received(team, "processing_failed"), "lost"),
        width=8,
    )
    yield make.graph(
        41,
        "Retrainings started",
        "Workflows that alerts about a model started, within an hour each.",
        "short",
        Query(_triggered(team, "triggered", "1h"), "{{trigger_name}}"),
        width=8,
    )
    yield make.graph(
        42,
        "Retrainings that could not be started",
        "Workflows that an alert should have started and the cluster refused, within an hour each.",
        "short",
        Query(_triggered(team, "failed", "1h"), "{{trigger_name}}"),
        width=8,
    )


def _series(team: str, *matchers: str) -> str:
    chosen = ", ".join((f'team="{team}"', *matchers))
    return f"{CUSTOM}{WORKFLOW_SUCCEEDED}{{{chosen}}}"


def _succeeded(team: str, *matchers: str) -> str:
    """When the last run that succeeded was created, in seconds since 1970, by workflow."""
    return f"max by (workflow) ({_series(team, *matchers)})"


def _runs(team: str, how: Literal["success", "failed"]) -> str:
    return ended(f'resource_manager_workflow_runs_{how}{{profile="{team}"}}', _DAY)


def _received(team: str, how: Literal["sent", "processing_failed"]) -> str:
    """How many calls event sources took, or could not hand on, within an hour."""
    return f'sum(increase(argo_events_events_{how}_total{{namespace="{team}"}}[1h]))'


def _triggered(team: str, how: Literal["triggered", "failed"], within: str) -> str:
    """How often sensors started something, or could not."""
    counter = f'argo_events_action_{how}_total{{namespace="{team}"}}'
    return f"sum by (trigger_name) (increase({counter}[{within}]))"
