"""What is on its way out, and what Argo CD may own and remove beyond what is in git now."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from synth.app.addons import OBJECTS, WAVES, addons
from synth.app.knative_kafka import KNATIVE_KAFKA, WAVE, knative_kafka
from synth.app.kubeflow import enabled_components
from synth.app.part import Part
from synth.app.secrets import possible_secrets, provider_kinds
from synth.app.tasks import Task
from synth.app.workloads import WORKLOADS
from synth.catalog.knative_kafka import known_objects
from synth.catalog.kubeflow import RELEASES, Release, load_release
from synth.config.environment import Environment
from synth.kit.application import Application
from synth.kit.objects import Identity
from synth.render.digests import digest

_CLUSTER = frozenset(
    {
        "ClusterRole.rbac.authorization.k8s.io",
        "ClusterRoleBinding.rbac.authorization.k8s.io",
        "ClusterWorkflowTemplate.argoproj.io",
        "Namespace",
        "Profile.kubeflow.org",
    }
)
MARKER = "RETIRED.md"
"""The only file of a retired application: git keeps no empty folder, and Argo CD reads no such
file.
"""


def expected(environment: Environment) -> list[str]:
    """The names of applications of our own that it has, or will have once there is anything in them."""
    return [name for name, each in WORKLOADS.items() if each.expected(environment)]


def possible(environment: Environment) -> Iterator[Identity]:
    """The kinds and namespaces that the environment's applications and its retired ones may own
    beside the objects that are in git, as identities without a name.
    """
    retired = {each.name: each for each in environment.retired if each.kind == "application"}
    teams = [
        *(team.name for team in environment.teams),
        *(each.name for each in environment.retired if each.kind == "team"),
    ]
    awaited = expected(environment)
    for name, workload in WORKLOADS.items():
        if name in retired or name in awaited or workload.inputs(environment):
            extra = retired[name].namespaces if name in retired else ()
            kinds = provider_kinds(environment) if workload.secrets else frozenset()
            yield from _identities(workload.kinds | kinds, (*teams, *extra))
    yield from possible_secrets(environment)
    for name, objects in OBJECTS.items():
        if name in retired:
            for namespace in retired[name].namespaces:
                yield from objects(namespace)
    if KNATIVE_KAFKA in retired:
        yield from known_objects()
    for release in _releases(environment):
        for component in release.components.values():
            if f"kubeflow-{component.name}" in retired:
                yield from map(release.scoped, component.objects)


def _identities(kinds: frozenset[str], namespaces: tuple[str, ...]) -> Iterator[Identity]:
    for each in sorted(kinds):
        kind, _, group = each.partition(".")
        for namespace in ("",) if each in _CLUSTER else namespaces:
            yield Identity(group, kind, namespace, "")


def known_applications(environment: Environment) -> dict[str, int]:
    """The wave of every application that the environment could have or have had, by name."""
    components = {
        f"kubeflow-{name}": component.wave
        for release in _releases(environment)
        for name, component in release.components.items()
    }
    workloads = {name: workload.wave for name, workload in WORKLOADS.items()}
    return {**components, **workloads, **WAVES, KNATIVE_KAFKA: WAVE}


def present_applications(environment: Environment) -> set[str]:
    """The names of those that it has."""
    components = {f"kubeflow-{each.name}" for each in enabled_components(environment)}
    workloads = {name for name, each in WORKLOADS.items() if each.inputs(environment)}
    files = {KNATIVE_KAFKA} if knative_kafka(environment) else set()
    return components | workloads | set(addons(environment)) | files


def unhealed_applications(environment: Environment) -> set[str]:
    """The names of those that it has in which Argo CD undoes nothing that others change."""
    return {
        name
        for name, each in WORKLOADS.items()
        if each.inputs(environment) and not each.self_heals(environment)
    }


def retired_tasks(environment: Environment, code: str) -> Iterator[Task]:
    """One task per retired application."""
    waves = known_applications(environment)
    for each in environment.retired:
        if each.kind == "application":
            wave = waves.get(each.name, 0)
            key = digest("retired", code, each.name, str(wave))
            yield Task(each.name, key, partial(_part, each.name, wave))


def _part(name: str, wave: int) -> Part:
    text = f"# {name} is retired\n\nArgo CD removes what it had, but for what holds data.\n"
    return Part(Application(name, wave, (), retired=True), {MARKER: text.encode()}, {})


def _releases(environment: Environment) -> Iterator[Release]:
    """The environment's release, and where something retires, which an earlier one may have had,
    every other one.
    """
    if environment.kubeflow:
        own = environment.kubeflow.release
        yield load_release(own)
        if environment.retired:
            yield from (load_release(name) for name in RELEASES if name != own)
