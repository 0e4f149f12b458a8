"""One environment: which applications it has, what each is made from, and the trees they make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pydantic_core import to_json

from synth.app.addons import addon_tasks, addons
from synth.app.gitops import gitops
from synth.app.knative_kafka import knative_kafka_tasks
from synth.app.kubeflow import Hydration, Upstream, kubeflow_tasks
from synth.app.overlays import overlaid, overlay_name, overlays_digest
from synth.app.part import Files, Part, directory
from synth.app.pipelines import Compiled
from synth.app.retired import expected, possible, retired_tasks
from synth.app.secrets import KINDS, providers
from synth.app.tasks import Task
from synth.app.workload import Build, Inputs, resources
from synth.app.workloads import WORKLOADS
from synth.config.environment import Environment
from synth.config.load import Loaded
from synth.config.problems import ConfigurationError, Mark, Problem
from synth.config.sealed import SealedFile
from synth.kit.objects import Resource, identity
from synth.kit.protection import protect
from synth.kit.pull_secrets import with_pull_secrets
from synth.kit.secrets import Provider
from synth.render.digests import digest
from synth.render.kustomize import Kustomize
from synth.render.overlay import find_overlays
from synth.render.plan import below


@dataclass(frozen=True)
class Outline:
    """An environment's applications as tasks, in the order of the configuration.

    `key` is a digest of everything that its trees are made from.
    """

    loaded: Loaded
    tasks: Sequence[Task]
    key: str

    @property
    def environment(self) -> Environment:
        """The environment itself."""
        return self.loaded.environment

    def parts(self, made: Mapping[str, Part]) -> list[Part]:
        """Its applications, taken from what was made of all tasks."""
        return [made[task.key] for task in self.tasks]


def outline(
    overlays: Path,
    loaded: Loaded,
    hydration: Hydration,
    upstream: Upstream,
    code: str,
    compiled: Mapping[str, Compiled],
) -> Outline:
    """What an environment will be made of; nothing is rendered yet.

    `code` is the digest of what computes, `compiled` has its pipelines by name. Raises
    ConfigurationError for overlays of applications that are not there.
    """
    environment = loaded.environment
    laid = find_overlays(overlays, loaded.chain)
    tasks = list(tasks_of(environment, laid, hydration, upstream, code, compiled, loaded.sealed))
    _check_applications(laid, {task.application for task in tasks}, charts=set(addons(environment)))
    gitops = to_json(
        (
            environment.name,
            environment.gitops,
            environment.cluster,
            environment.teams,
            environment.retired,
            expected(environment),
        )
    )
    return Outline(loaded, tasks, digest(code, gitops, *(task.key for task in tasks)))


def tasks_of(
    environment: Environment,
    laid: Mapping[str, Sequence[Path]],
    hydration: Hydration,
    upstream: Upstream,
    code: str,
    compiled: Mapping[str, Compiled],
    sealed: Sequence[SealedFile],
) -> Iterator[Task]:
    """One task per application, each worked out when it is asked for; `laid` has the folders of
    overlays by application, `sealed` are the files of SealedSecrets.
    """
    stores = providers(environment, sealed)
    yield from kubeflow_tasks(environment, laid, hydration, upstream, code, stores)
    yield from _workloads(environment, laid, hydration.kustomize, code, compiled, stores)
    yield from addon_tasks(environment, code)
    yield from knative_kafka_tasks(environment, laid, hydration.knative_kafka, code)
    yield from retired_tasks(environment, code)


def gitops_tasks(environment: Environment, parts: Iterable[Part], code: str) -> dict[str, Task]:
    """The Argo CD side, which knows every application: a task per tree."""
    applications = [part.application for part in parts]
    sides = gitops(environment, applications, list(possible(environment)))
    return {
        name: Task(
            name,
            digest("gitops", code, name, to_json(inputs)),
            partial(_gitops, name, build, inputs),
            constructs=True,
        )
        for name, (build, inputs) in sides.items()
    }


def trees(environment: str, parts: Iterable[Part], gitops: Mapping[str, Part]) -> dict[str, Files]:
    """Every file of an environment, by tree and by path below it."""
    dist: Files = {}
    for part in parts:
        dist.update(below(part.application.name, part.files))
    dist.update(below("argocd", gitops["argocd"].files))
    return {f"dist/{environment}": dist, f"argocd/{environment}": gitops["bootstrap"].files}


def _workloads(
    environment: Environment,
    overlays: Mapping[str, Sequence[Path]],
    kustomize: Kustomize | None,
    code: str,
    compiled: Mapping[str, Compiled],
    stores: Mapping[str, Provider],
) -> Iterator[Task]:
    secrets = {
        team.name: [secret.name for secret in team.image_pull_secrets]
        for team in environment.teams
        if team.image_pull_secrets
    }
    for name, workload in WORKLOADS.items():
        inputs = workload.inputs(environment)
        if not inputs:
            continue
        if workload.compiles:
            inputs = {**inputs, "compiled": compiled}
        if workload.secrets:
            inputs = {**inputs, "store": stores[name]}
        folders = overlays.get(name, ())
        version = kustomize.version if kustomize and folders else ""
        heals = workload.self_heals(environment)
        given = to_json((inputs, heals, secrets))
        key = digest("workload", code, name, given, version, overlays_digest(folders))
        make = partial(_workload, name, inputs, secrets, folders, kustomize, self_heal=heals)
        yield Task(name, key, make, constructs=True)


def _workload(
    name: str,
    inputs: Inputs,
    secrets: Mapping[str, Sequence[str]],
    folders: Sequence[Path],
    kustomize: Kustomize | None,
    *,
    self_heal: bool,
) -> Part:
    # By name, since another process may be told to make it, and functions without one do not travel.
    workload = WORKLOADS[name]
    made = [
        Resource(each.application, with_pull_secrets(protect(each.body), secrets), each.origin)
        for each in resources(name, workload.build, inputs)
    ]
    kinds = workload.kinds | KINDS if workload.secrets else workload.kinds
    unknown = {identity(each.body).group_kind for each in made} - kinds
    assert not unknown, f"WORKLOADS[{name!r}].kinds lacks {sorted(unknown)}"
    objects = overlaid(made, folders, kustomize)
    return directory(name, workload.wave, objects, self_heal=self_heal)


def _gitops(name: str, build: Build, inputs: Inputs) -> Part:
    return directory(name, 0, resources(name, build, inputs))


def _check_applications(
    laid: Mapping[str, Sequence[Path]], names: set[str], *, charts: set[str]
) -> None:
    """An overlay belongs to an application that is there and that is no chart."""
    there = ", ".join(sorted(names - charts))
    problems = [
        Problem(
            Mark(overlay_name(folder)),
            "",
            f"{name} is a chart, and nothing can be laid over it (over: {there})"
            if name in charts
            else f"there is no application {name!r} (there: {there})",
        )
        for name, folders in laid.items()
        if name not in names - charts
        for folder in folders
    ]
    if problems:
        raise ConfigurationError(problems)
