"""What all teams stand on: their namespaces, and MLflow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from synth.app.workload import Inputs, Workload
from synth.catalog.images import mirror_to
from synth.config.environment import Environment
from synth.config.platform import Team
from synth.config.registry import Mlflow
from synth.kit.secrets import Provider

if TYPE_CHECKING:
    from cdk8s import Chart


def _team_inputs(environment: Environment) -> Inputs:
    return {"teams": environment.teams} if environment.teams else {}


def _teams(chart: Chart, *, teams: Sequence[Team]) -> None:
    from synth.domains.platform import TeamProfile

    for team in teams:
        TeamProfile(chart, team)


TEAMS = Workload(10, _team_inputs, _teams, frozenset({"Profile.kubeflow.org"}))


def _mlflow_inputs(environment: Environment) -> Inputs:
    if not environment.mlflow:
        return {}
    observability = environment.observability
    return {
        "mlflow": environment.mlflow,
        "monitoring": observability.prometheus.namespace if observability else None,
        "registry": environment.registry,
    }


def _mlflow(
    chart: Chart, *, mlflow: Mlflow, monitoring: str | None, store: Provider, registry: str | None
) -> None:
    from synth.domains.registry import TrackingServer

    mirror = mirror_to(registry)
    TrackingServer(chart, mlflow, monitoring=monitoring, store=store, mirror=mirror)


MLFLOW = Workload(
    10,
    _mlflow_inputs,
    _mlflow,
    frozenset(
        {
            "AuthorizationPolicy.security.istio.io",
            "Deployment.apps",
            "Job.batch",
            "Namespace",
            "NetworkPolicy.networking.k8s.io",
            "PodDisruptionBudget.policy",
            "Service",
            "ServiceAccount",
        }
    ),
    secrets=lambda it: it.mlflow.secrets if it.mlflow else (),
)
