"""What the rules say of environments and of everything that they render, where it was written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from synth.app.retired import (
    known_applications,
    present_applications,
    unhealed_applications,
)
from synth.app.secrets import wanted_files
from synth.app.standing import read_standing
from synth.config.environment import Environment
from synth.config.load import Loaded
from synth.config.problems import Mark, Problem
from synth.project import Project
from synth.rules.capacity.accounts import Account
from synth.rules.capacity.check import check_capacity
from synth.rules.events import check_events
from synth.rules.findings import Finding
from synth.rules.flaws import Rendered
from synth.rules.gitops import check_gitops
from synth.rules.images import check_images
from synth.rules.judgement import judge
from synth.rules.kubeflow import check_kubeflow
from synth.rules.notifications import check_notifications
from synth.rules.observability import check_observability
from synth.rules.own import OwnRule
from synth.rules.pipelines import check_pipelines
from synth.rules.policy import check_accepted, check_policy, governed
from synth.rules.registry import check_registry
from synth.rules.rendered import check_rendered
from synth.rules.retirement import check_retirement
from synth.rules.secrets import check_secrets
from synth.rules.streams import check_streams
from synth.rules.teams import check_teams
from synth.rules.telemetry import check_telemetry
from synth.rules.upgrade import check_upgrade

if TYPE_CHECKING:
    from synth.pipeline import Build

Placed = tuple[Finding, Problem]
"""A finding, and the same with its place in the files."""


def findings(project: Project, loaded: Loaded, today: date | None = None) -> list[Placed]:
    """What the rules say of an environment and of how it leaves what stands in `dist/`. Its policy
    has been heard, as of `today` or for all time; errors, which stop a build, it cannot soften.
    """
    environment = loaded.environment
    found = [
        *check_kubeflow(environment),
        *check_observability(environment),
        *check_telemetry(environment),
        *check_notifications(environment),
        *check_events(environment),
        *check_pipelines(environment),
        *check_images(environment),
        *check_registry(environment),
        *check_streams(environment),
        *check_teams(environment),
        *check_policy(environment.policy),
        *_syncing(environment),
        *check_secrets(environment, wanted_files(environment), loaded.sealed),
        *_on_the_way(project, loaded),
    ]
    errors = [finding for finding in found if finding.severity == "error"]
    others = [finding for finding in found if finding.severity != "error"]
    return _placed(loaded, [*errors, *governed(environment.policy, others, today)])


def rendered_findings(
    result: Build, before: Mapping[str, Sequence[Placed]], own: Sequence[OwnRule], today: date
) -> dict[str, list[Placed]]:
    """What the rules, and the repository's `own`, say of the objects of every environment that was
    rendered, and of what its policy accepts of that and of the findings `before`, by environment.

    Raises ConfigurationError where a rule of the repository's own fails.
    """
    placed = {}
    for name, rendered in result.rendered():
        loaded = result.loaded[name]
        policy = loaded.environment.policy
        found = [*governed(policy, check_rendered(loaded.environment, rendered, own), today)]
        every = [*(finding for finding, _ in before[name]), *found]
        placed[name] = _placed(loaded, [*found, *check_accepted(policy, every, today)])
    return placed


def capacity(result: Build) -> dict[str, Sequence[Account]]:
    """What may be asked for at once in every environment that was rendered, by its name: against
    each team's quota, then against what the cluster has.
    """
    return {
        name: judge(
            result.loaded[name].environment, rendered, _unseen(result, name, rendered)
        ).accounts
        for name, rendered in result.rendered()
    }


def capacity_findings(
    result: Build, every: Mapping[str, Iterable[Account]], today: date
) -> dict[str, list[Placed]]:
    """What the rules say of that, by environment; its policy has been heard as of `today`."""
    return {
        name: _placed(
            result.loaded[name],
            governed(result.loaded[name].environment.policy, check_capacity(each), today),
        )
        for name, each in every.items()
    }


def _unseen(result: Build, name: str, rendered: Rendered) -> list[str]:
    """The applications that Argo CD takes objects of from elsewhere: those that it builds itself,
    and charts.
    """
    built = {
        path.partition("/")[0]
        for path in result.trees[f"dist/{name}"]
        if path.endswith("/kustomization.yaml")
    }
    charts = {
        each.body["spec"]["source"]["chart"]
        for each in rendered.resources
        if each.application == "argocd" and "chart" in each.body["spec"].get("source", {})
    }
    return sorted({*built, *charts})


def _placed(loaded: Loaded, found: Iterable[Finding]) -> list[Placed]:
    return [(finding, _place(loaded, finding)) for finding in sorted(found)]


def _place(loaded: Loaded, finding: Finding) -> Problem:
    if finding.key.startswith(("overlays/", "secrets/")):
        return Problem(Mark(finding.key), "", finding.message)
    mark = loaded.mark(*finding.key.split("."))
    return Problem(mark, finding.key, finding.message)


def _syncing(environment: Environment) -> Iterator[Finding]:
    """What the rules say of when Argo CD syncs, and whom it tells."""
    retired = {each.name for each in environment.retired if each.kind == "application"}
    known = present_applications(environment) | retired
    yield from check_gitops(environment, known, unhealed_applications(environment))


def _on_the_way(project: Project, loaded: Loaded) -> Iterator[Finding]:
    """What the rules say of the way from what stands in `dist/`."""
    environment = loaded.environment
    standing = read_standing(project.root, environment.name)
    yield from check_upgrade(environment, standing)
    yield from check_retirement(
        environment, present_applications(environment), known_applications(environment), standing
    )
