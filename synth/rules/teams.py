"""What teams share a platform by, against what they run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from synth.catalog.kserve import completed
from synth.catalog.sidecars import SELDON_EXECUTOR, istio_proxy
from synth.config.base import Resources
from synth.config.environment import Environment
from synth.config.platform import Team
from synth.config.serving import Model
from synth.config.steps import ProgramStep
from synth.config.teams import Limits
from synth.kit.quantities import quantity
from synth.rules.findings import Finding


def check_teams(environment: Environment) -> Iterator[Finding]:
    """Findings about `teams`, and about what the teams' limits do to what they run."""
    for team in environment.teams:
        if environment.policy.require_isolation and not team.isolated:
            yield Finding(
                "TM001", "error", f"teams.{team.name}.isolated",
                "policy.requireIsolation wants every team to be: say isolated: true",
            )  # fmt: skip
        yield from _egress(environment, team)
        if team.limits:
            yield from _refused(environment, team, team.limits)


def _egress(environment: Environment, team: Team) -> Iterator[Finding]:
    if environment.policy.egress and not team.isolated:
        yield Finding(
            "TM003", "error", f"teams.{team.name}.isolated",
            "policy.egress holds for isolated teams alone: say isolated: true",
        )  # fmt: skip
    if team.egress and not environment.policy.egress:
        yield Finding(
            "TM004", "error", f"teams.{team.name}.egress",
            "its pods may connect to anything without policy.egress: add that, or take this out",
        )  # fmt: skip


def _refused(environment: Environment, team: Team, limits: Limits) -> Iterator[Finding]:
    for key, resources in _containers(environment, team):
        for message in refusals(resources, limits):
            yield Finding("TM002", "error", key, f"team {team.name}'s limits: {message}")
    if environment.kubeflow:
        proxy = istio_proxy(environment.kubeflow.release)["resources"]
        for message in refusals(_resources(proxy), limits):
            yield Finding(
                "TM005", "error", f"teams.{team.name}.limits",
                f"refuse every pod that Istio gives its sidecar: {message}",
            )  # fmt: skip


def _containers(environment: Environment, team: Team) -> Iterator[tuple[str, Resources]]:
    """What the team's containers ask for, by where it is written."""
    for model in environment.models:
        if model.team == team.name:
            key = f"models.{model.name}"
            yield f"{key}.resources", _served(model, model.resources)
            if model.engine == "seldon":
                said = model.orchestrator != Resources()
                executor = model.orchestrator if said else _resources(SELDON_EXECUTOR)
                yield f"{key}.orchestrator", executor
            for variant in model.variants:
                if variant.resources is not None:
                    place = f"{key}.variants.{variant.name}.resources"
                    yield place, _served(model, variant.resources)
    for workflow in environment.workflows:
        if workflow.team == team.name:
            for place, step in workflow.places():
                if isinstance(step, ProgramStep):
                    yield f"workflows.{workflow.name}.{place}.resources", step.resources
    for stream in environment.streams:
        if stream.team == team.name:
            yield f"streams.{stream.name}.processor.resources", stream.processor.resources


def _resources(given: Mapping[str, Mapping[str, str]]) -> Resources:
    return Resources(requests=dict(given["requests"]), limits=dict(given["limits"]))


def _served(model: Model, resources: Resources) -> Resources:
    """What the model's container asks for; KServe completes it."""
    if model.engine == "seldon":
        return resources
    return Resources(requests=completed(resources.requests), limits=completed(resources.limits))


def refusals(resources: Resources, limits: Limits) -> Iterator[str]:
    """Why the API server refuses a container with these resources in a namespace with these limits
    (kubernetes plugin/pkg/admission/limitranger/admission.go, pkg/apis/core/validation).
    """
    for name in sorted({*limits.most, *limits.least, *limits.min}):
        limit = resources.limits.get(name, limits.most.get(name))
        request = resources.requests.get(name, resources.limits.get(name, limits.least.get(name)))
        most, least = limits.max.get(name), limits.min.get(name)
        for asked in filter(None, (request, limit)):
            if most and quantity(asked) > quantity(most):
                yield f"{asked} {name} is above the max of {most}"
                break
            if least and quantity(asked) < quantity(least):
                yield f"{asked} {name} is below the min of {least}"
                break
        else:
            given = name in resources.limits
            if request and limit and not given and quantity(request) > quantity(limit):
                yield (
                    f"a request of {request} {name} is above the limit of {limit} that a container "
                    "gets which has none: give it one"
                )
