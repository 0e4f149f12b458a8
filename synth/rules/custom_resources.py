"""Custom resources against their CRDs, unknown fields included, as the API server judges them.

A CRD among the rendered objects comes first, then those that the catalogue has of the environment's
versions; one that says what is in its objects goes before one that permits anything, as Kubeflow's of
Argo Workflows and older ones of Knative do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import jsonschema_rs
from jsonschema_rs import ValidationError, ValidationErrorKind

from synth.catalog.crds import sources
from synth.catalog.images import split
from synth.catalog.kubeflow import Component, load_release
from synth.catalog.operators import KUBE_PROMETHEUS_STACK
from synth.config.environment import Environment
from synth.kit import structural
from synth.kit.objects import Body, Resource, group_of
from synth.kit.structural import Schema, without_nulls
from synth.rules import schemas
from synth.rules.addons import seldon_operators
from synth.rules.flaws import Flaw
from synth.rules.schemas import ApiKind
from synth.rules.wording import wrong
from synth.rules.workflows import argo_version

_PROMETHEUS_OPERATOR = KUBE_PROMETHEUS_STACK.images["prometheusOperator.image"]
_UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)
_OF_EVERY_OBJECT = frozenset({"apiVersion", "kind", "metadata", "status"})


class Crds(Protocol):
    """The CRDs of one place, as `synth.catalog.crds.Source` describes them."""

    def __hash__(self) -> int: ...
    @property
    def title(self) -> str: ...
    @property
    def exact(self) -> bool: ...
    @property
    def older(self) -> bool: ...
    def schema(self, api_version: str, kind: str) -> Schema | None: ...
    def kinds(self) -> Iterable[ApiKind]: ...


@dataclass(frozen=True, eq=False)
class _Rendered:
    """A CRD among the rendered objects; one that cannot be read is as good as none."""

    resource: Resource
    exact = True
    older = False

    @property
    def title(self) -> str:
        return f"the application {self.resource.application}"

    def schema(self, api_version: str, kind: str) -> Schema | None:
        with suppress(*_UNREADABLE):
            if self.resource.body["spec"]["names"]["kind"] == kind:
                for version, served, schema in structural.versions(self.resource.body):
                    if served and version == api_version:
                        return schema
        return None

    def kinds(self) -> Iterator[ApiKind]:
        with suppress(*_UNREADABLE):
            spec = self.resource.body["spec"]
            for version in spec["versions"]:
                if version["served"]:
                    yield f"{spec['group']}/{version['name']}", spec["names"]["kind"]


@dataclass(frozen=True)
class _Judge:
    """What objects of a kind are held to."""

    crds: Crds
    schema: Schema
    validator: jsonschema_rs.Validator

    @property
    def permits_anything(self) -> bool:
        """Whether it says nothing of what is in its objects."""
        properties = self.schema.get("properties", {})
        own = (properties[each] for each in properties.keys() - _OF_EVERY_OBJECT)
        return all(each in ({}, {"type": "object"}) for each in own)

    def flaws(self, resource: Resource) -> Iterator[Flaw]:
        if self.validator.is_valid(resource.body):
            return
        older = ", an older one than the cluster has" if self.crds.older else ""
        said = [each for error in self._errors(resource.body) for each in wrong(error, self.schema)]
        for sentence in sorted(said):
            yield Flaw(
                "SC005", resource,
                f"does not fit its CRD of {self.crds.title}{older}: {sentence}",
                "warning" if older else "error",
            )  # fmt: skip

    def _errors(self, body: Body) -> Iterator[ValidationError]:
        """Unknown fields are told before null is dropped."""
        unknown = ValidationErrorKind.AdditionalProperties
        for error in self.validator.iter_errors(body):
            if isinstance(error.kind, unknown):
                yield error
        for error in self.validator.iter_errors(without_nulls(body)):
            if not isinstance(error.kind, unknown):
                yield error


@dataclass(frozen=True)
class _NotServed:
    """Objects of a version of their API that the cluster's CRD does not have."""

    crds: Crds
    there: Sequence[str]

    def flaws(self, resource: Resource) -> Iterator[Flaw]:
        yield Flaw(
            "SC005", resource,
            f"is {resource.body['apiVersion']}, which its CRD of {self.crds.title} does not serve: "
            f"write {' or '.join(self.there)}",
        )  # fmt: skip


def check_custom_resources(
    environment: Environment, resources: Sequence[Resource]
) -> Iterator[Flaw]:
    """What does not fit the CRD of its kind (SC005), and once for each kind that none is at hand
    (SC006).
    """
    kubeflow, components = environment.kubeflow, _components(environment)
    release, names = kubeflow.release if kubeflow else "", {each.name for each in components}
    rendered, projects = _rendered(resources), _versions(environment, components)
    built_in = _built_in(environment.cluster.kubernetes)
    judges: dict[ApiKind, _Judge | _NotServed | None] = {}
    for resource in resources:
        this = api_version, _ = resource.body["apiVersion"], resource.body["kind"]
        group = group_of(api_version)
        if "." not in group or group in built_in:
            continue
        if this not in judges:
            places: list[Crds] = [*rendered[group], *sources(group, projects, release, names)]
            judges[this] = _judge(this, places)
            if judges[this] is None:
                there = {
                    each for crds in places for each in crds.kinds() if group_of(each[0]) == group
                }
                yield Flaw("SC006", resource, _unknown(this, there), "warning")
        if judge := judges[this]:
            yield from judge.flaws(resource)


def _judge(this: ApiKind, places: Iterable[Crds]) -> _Judge | _NotServed | None:
    permissive = None
    for crds in places:
        judge = _compiled(crds, *this)
        if judge:
            if not judge.permits_anything:
                return judge
            permissive = permissive or judge
        elif crds.exact and (there := _versions_of(this, crds)) and this[0] not in there:
            return _NotServed(crds, there)
    return permissive


@lru_cache(1024)
def _compiled(crds: Crds, api_version: str, kind: str) -> _Judge | None:
    schema = crds.schema(api_version, kind)
    if schema is not None:
        # What is no schema after all is as good as none.
        with suppress(ValueError):
            return _Judge(crds, schema, jsonschema_rs.validator_for(schema))
    return None


def _versions_of(this: ApiKind, crds: Crds) -> list[str]:
    group, kind = group_of(this[0]), this[1]
    return sorted(api for api, its in crds.kinds() if its == kind and group_of(api) == group)


def _rendered(resources: Iterable[Resource]) -> dict[str, list[_Rendered]]:
    """The CRDs among the objects by group."""
    found: dict[str, list[_Rendered]] = defaultdict(list)
    for each in resources:
        if each.body["kind"] == "CustomResourceDefinition":
            _, _, group = each.body["metadata"]["name"].partition(".")
            found[group].append(_Rendered(each))
    return found


def _unknown(this: ApiKind, there: Collection[ApiKind]) -> str:
    api_version, kind = this
    way_out = f"{schemas.hint(there, *this)}; correct it, or" if there else "accept this, or"
    return (
        f"is of a kind without a schema, {kind} in {api_version}, so that nothing of it was looked at: "
        f"{way_out} have an overlay render its CRD"
    )


def _built_in(kubernetes: str) -> set[str]:
    """The API groups of Kubernetes itself, by the last version that has schemas where that has none."""
    known = kubernetes if schemas.has_schemas(kubernetes) else schemas.versions()[-1]
    return {group_of(api_version) for api_version, _ in schemas.kinds(known)}


def _components(environment: Environment) -> Sequence[Component]:
    kubeflow = environment.kubeflow
    return load_release(kubeflow.release).enabled(kubeflow.components) if kubeflow else ()


def _versions(environment: Environment, components: Collection[Component]) -> dict[str, str]:
    """The versions of the projects of the catalogue that the environment has, as far as it says."""
    addons, kubeflow = environment.addons, environment.kubeflow
    seldon = [version for _, version in seldon_operators(environment, components)]
    prometheus = split(_PROMETHEUS_OPERATOR)[1].removeprefix("v")
    said = {
        "argo-cd": environment.gitops.argocd.version,
        "argo-events": addons.argo_events and addons.argo_events.version,
        "argo-workflows": argo_version(environment),
        "eck": addons.eck and addons.eck.version,
        "external-secrets": addons.external_secrets.version,
        "keda": addons.keda and addons.keda.version,
        "grafana-operator": addons.grafana_operator and addons.grafana_operator.version,
        "knative-kafka": addons.knative_kafka and addons.knative_kafka.version,
        "kubeflow-pipelines": kubeflow and load_release(kubeflow.release).pipelines,
        "opentelemetry-operator": addons.open_telemetry and addons.open_telemetry.version,
        "prometheus-operator": addons.kube_prometheus_stack and prometheus,
        "sealed-secrets": addons.sealed_secrets and addons.sealed_secrets.version,
        "seldon": seldon[0] if seldon else None,
        "strimzi": addons.strimzi and addons.strimzi.version,
    }
    return {project: version for project, version in said.items() if version}
