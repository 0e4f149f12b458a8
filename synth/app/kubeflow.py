"""Kubeflow's components as applications, by reference or hydrated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Self

from synth.app.overlays import built_by_argocd, overlaid, overlays_digest
from synth.app.part import Part, directory
from synth.app.tasks import Task
from synth.catalog.kubeflow import Component, Release, load_release
from synth.config.environment import Environment
from synth.domains.kubeflow import (
    adjusted,
    kustomization,
    provided_credentials,
    secret_identity,
)
from synth.kit.application import HYDRATED, Application
from synth.kit.objects import Body, Origin, Resource, identity
from synth.kit.protection import protect
from synth.kit.secrets import Provider
from synth.render.cache import Cache
from synth.render.digests import digest
from synth.render.kustomize import Kustomize
from synth.render.plan import below
from synth.render.upstream import ReleaseFiles, ReleaseRuns

_ORIGIN = Origin("", "kubeflow")


@dataclass(frozen=True)
class Hydration:
    """What rendering needs from outside the repository: Kustomize, upstream's files, local copies
    of what these pull from elsewhere by name, and the digest of all their content; and the release
    files of Knative's Kafka source by name. Everything is empty where an environment needs none of it.
    """

    kustomize: Kustomize | None = None
    tree: Path | None = None
    remotes: Mapping[str, Path] = field(default_factory=dict)
    content: str = ""
    knative_kafka: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """Kustomize's, which decides about the result."""
        return self.kustomize.version if self.kustomize else ""


class Upstream:
    """The objects of releases as upstream writes them, each built once for whoever asks first. What is
    begun and not asked for ends with the block.
    """

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._begun: dict[tuple[str, ...], ReleaseRuns] = {}
        self._built: dict[tuple[str, ...], Mapping[str, list[Body]]] = {}
        self._ending = ExitStack()
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.close()

    def begin(self, environment: Environment, hydration: Hydration) -> None:
        """Lets Kustomize begin with an environment's release, if it has to be built."""
        if hydration.tree and environment.kubeflow:
            release = load_release(environment.kubeflow.release)
            self._runs(release, enabled_components(environment), hydration).begin()

    def objects(
        self, release: Release, enabled: Sequence[Component], hydration: Hydration
    ) -> Mapping[str, list[Body]]:
        """The objects of every component in `enabled`, by component; nobody may change them."""
        key = _key(release, enabled, hydration)
        with self._lock:
            if key not in self._built:
                with self._runs(release, enabled, hydration) as runs:
                    self._built[key] = runs.objects()
            return self._built[key]

    def _runs(
        self, release: Release, enabled: Sequence[Component], hydration: Hydration
    ) -> ReleaseRuns:
        assert hydration.kustomize, "looked for before anything is rendered"
        assert hydration.tree, "looked for before anything is rendered"
        key = _key(release, enabled, hydration)
        if key not in self._begun:
            files = ReleaseFiles(hydration.tree, hydration.remotes, hydration.content)
            runs = ReleaseRuns(release, enabled, files, hydration.kustomize, self._cache)
            self._begun[key] = self._ending.enter_context(runs)
        return self._begun[key]


def _key(release: Release, enabled: Sequence[Component], hydration: Hydration) -> tuple[str, ...]:
    optional = [each.name for each in enabled if not each.default]
    return (release.name, hydration.content, hydration.version, *optional)


def enabled_components(environment: Environment) -> tuple[Component, ...]:
    """The components of Kubeflow that the environment has switched on, none without Kubeflow."""
    kubeflow = environment.kubeflow
    return load_release(kubeflow.release).enabled(kubeflow.components) if kubeflow else ()


def kubeflow_tasks(
    environment: Environment,
    overlays: Mapping[str, Sequence[Path]],
    hydration: Hydration,
    upstream: Upstream,
    code: str,
    stores: Mapping[str, Provider],
) -> Iterator[Task]:
    """One task per component that the environment has switched on.

    `overlays` holds the folders by application, `code` is the digest of what computes;
    `stores` bring the Secrets of components, and those that upstream brings itself are not there.
    """
    kubeflow = environment.kubeflow
    if kubeflow is None:
        return
    release = load_release(kubeflow.release)
    enabled = enabled_components(environment)
    optional = [each.name for each in enabled if not each.default]
    for component in enabled:
        name = f"kubeflow-{component.name}"
        folders, store = overlays.get(name, ()), stores.get(name)
        shared = (release, component, environment.registry, store, folders)
        inputs = (code, name, release.name, environment.registry or "", repr(store))
        laid = overlays_digest(folders)
        if kubeflow.source == "reference":
            key = digest("reference", *inputs, laid)
            yield Task(name, key, partial(_reference, *shared))
        else:
            # Which objects Kustomize sees together can decide how it resolves a name.
            built = (hydration.content, hydration.version, *optional)
            key = digest("hydrated", *inputs, *built, laid)
            yield Task(name, key, partial(_hydrated, *shared, enabled, hydration, upstream))


def _hydrated(
    release: Release,
    component: Component,
    registry: str | None,
    store: Provider | None,
    folders: Sequence[Path],
    enabled: Sequence[Component],
    hydration: Hydration,
    upstream: Upstream,
) -> Part:
    name = f"kubeflow-{component.name}"
    objects = upstream.objects(release, enabled, hydration)[component.name]
    bodies = map(protect, adjusted(component, objects, registry, store))
    resources = [Resource(name, body, _ORIGIN) for body in bodies]
    part = directory(name, component.wave, overlaid(resources, folders, hydration.kustomize))
    application = replace(part.application, subfolder=HYDRATED)
    files = below(HYDRATED, part.files)
    return _scoped(replace(part, application=application, files=files), release)


def _reference(
    release: Release,
    component: Component,
    registry: str | None,
    store: Provider | None,
    folders: Sequence[Path],
) -> Part:
    objects = set(component.objects)
    if store:
        objects -= {secret_identity(each) for each in component.credentials}
        secrets = provided_credentials(component, hydrated=False)
        objects |= {identity(store.made(each)) for each in secrets}

    def files(overlays: Sequence[str]) -> Mapping[str, Body]:
        return kustomization(release, component, registry=registry, store=store, overlays=overlays)

    part = built_by_argocd(
        Application(f"kubeflow-{component.name}", component.wave, (), "kustomize"),
        files,
        dict.fromkeys(sorted(objects), _ORIGIN),
        images=[use.image for use in component.images if use.kind == "container"],
        folders=folders,
        namespace=next((each.namespace for each in component.objects if each.namespace), ""),
    )
    return _scoped(part, release)


def _scoped(part: Part, release: Release) -> Part:
    """The part as the API server sees its objects, with the release that it is of."""
    origins = {release.scoped(each): origin for each, origin in part.origins.items()}
    application = replace(part.application, objects=tuple(sorted(origins)), version=release.name)
    return replace(part, application=application, origins=origins)
