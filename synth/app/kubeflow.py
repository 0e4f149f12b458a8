"""Kubeflow's components as applications, by reference or hydrated."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

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
from synth.render.upstream import release_objects, satisfy_remotes

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


@dataclass
class Upstream:
    """The objects of releases as upstream writes them, each built once for whoever asks first."""

    cache: Cache
    _built: dict[tuple[str, ...], Mapping[str, list[Body]]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def objects(
        self, release: Release, enabled: Sequence[Component], hydration: Hydration
    ) -> Mapping[str, list[Body]]:
        """The objects of every component in `enabled`, by component; nobody may change them."""
        assert hydration.kustomize, "looked for before anything is rendered"
        assert hydration.tree, "looked for before anything is rendered"
        optional = [each.name for each in enabled if not each.default]
        key = (release.name, hydration.content, hydration.version, *optional)
        with self._lock:
            if key not in self._built:
                with _with_remotes(hydration.tree, release, hydration.remotes) as tree:
                    self._built[key] = release_objects(
                        release, enabled, tree, hydration.content, hydration.kustomize, self.cache
                    )
            return self._built[key]


@contextmanager
def _with_remotes(tree: Path, release: Release, remotes: Mapping[str, Path]) -> Iterator[Path]:
    """The tree itself, or a copy of it whose remote bases are local."""
    if not remotes:
        yield tree
        return
    with TemporaryDirectory(prefix="kfsynth-") as folder:
        copy = Path(folder).resolve() / "manifests"
        shutil.copytree(tree, copy, ignore=shutil.ignore_patterns(".git"))
        satisfy_remotes(copy, release.remotes, remotes)
        yield copy


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
