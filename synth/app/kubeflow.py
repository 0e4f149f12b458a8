"""Kubeflow's components as applications, by reference or hydrated."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from synth.app.overlays import check_overlays, overlaid, overlay_name, overlays_digest
from synth.app.part import Part, directory
from synth.app.tasks import Task
from synth.catalog.kubeflow import Component, Release, load_release
from synth.config.environment import Environment
from synth.domains.kubeflow import (
    adjusted,
    external_secret_identity,
    kustomization,
    secret_identity,
)
from synth.kit.application import Application
from synth.kit.external_secrets import Store
from synth.kit.objects import Body, Identity, Origin, Resource, identity
from synth.kit.protection import protect
from synth.render.cache import Cache, digest
from synth.render.documents import dump, load_all
from synth.render.kustomize import Kustomize
from synth.render.overlay import overlay_files
from synth.render.plan import below
from synth.render.upstream import release_objects, satisfy_remotes

_ORIGIN = Origin("", "kubeflow")
HYDRATED = "manifests"
"""The folder of a hydrated component's manifests. After a change of `kubeflow.source` Argo CD reads
the new files for a moment while it still knows the Application as the old one; each must find
nothing where the other has its files, and then prunes nothing either.
"""


@dataclass(frozen=True)
class Hydration:
    """What rendering needs from outside the repository: Kustomize, upstream's files, local copies
    of what these pull from elsewhere by name, and the digest of all their content. Everything is
    empty where an environment needs none of it.
    """

    kustomize: Kustomize | None = None
    tree: Path | None = None
    remotes: Mapping[str, Path] = field(default_factory=dict)
    content: str = ""

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


def kubeflow_tasks(
    environment: Environment,
    overlays: Mapping[str, Sequence[Path]],
    hydration: Hydration,
    upstream: Upstream,
    code: str,
) -> Iterator[Task]:
    """One task per component that the environment has switched on.

    `overlays` holds the folders by application, `code` is the digest of what computes.
    """
    kubeflow = environment.kubeflow
    if kubeflow is None:
        return
    release = load_release(kubeflow.release)
    store = None
    if kubeflow.default_credentials == "external":
        store = Store(environment.secrets.store.name, environment.addons.external_secrets)
    enabled = release.enabled(kubeflow.components)
    optional = [each.name for each in enabled if not each.default]
    for component in enabled:
        name = f"kubeflow-{component.name}"
        folders = overlays.get(name, ())
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
    store: Store | None,
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
    store: Store | None,
    folders: Sequence[Path],
) -> Part:
    name = f"kubeflow-{component.name}"
    objects = set(component.objects)
    for credential in component.credentials if store else ():
        objects.discard(secret_identity(credential))
        objects.add(external_secret_identity(credential))
    if store:
        objects |= {external_secret_identity(each.secret) for each in component.static_passwords}
    images = [use.image for use in component.images if use.kind == "container"]
    check_overlays(folders, objects, images)
    copies = [f"overlays/{folder.parent.name}" for folder in folders]
    bodies = kustomization(release, component, registry=registry, store=store, overlays=copies)
    files = {file: dump(body).encode() for file, body in bodies.items()}
    origins = dict.fromkeys(sorted(objects), _ORIGIN)
    for copy, folder in zip(copies, folders, strict=True):
        files.update(below(copy, overlay_files(folder)))
        for added in _generated(folder, component):
            origins.setdefault(added, Origin(overlay_name(folder), ""))
    application = Application(name, component.wave, tuple(sorted(origins)), "kustomize")
    return _scoped(Part(application, files, origins), release)


def _scoped(part: Part, release: Release) -> Part:
    """The part as the API server sees its objects, with the release that it is of."""
    origins = {release.scoped(each): origin for each, origin in part.origins.items()}
    application = replace(part.application, objects=tuple(sorted(origins)), version=release.name)
    return replace(part, application=application, origins=origins)


def _generated(folder: Path, component: Component) -> Iterable[Identity]:
    """What an overlay's generators and resources add, for the project to permit."""
    data = load_all((folder / "kustomization.yaml").read_text())[0]
    namespace = data.get("namespace") or next(
        (each.namespace for each in component.objects if each.namespace), ""
    )
    for key, kind in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")):
        for generator in data.get(key, ()):
            yield Identity("", kind, generator.get("namespace") or namespace, generator["name"])
    for resource in data.get("resources", ()):
        if (folder / resource).is_file():
            for body in load_all((folder / resource).read_text()):
                yield identity(body)
