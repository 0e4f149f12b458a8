"""One environment, rendered: every file of `dist/<environment>/` and `argocd/<environment>/`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from synth.catalog.kubeflow import Component, Release, load_release
from synth.config.environment import Environment
from synth.config.load import Loaded
from synth.config.problems import ConfigurationError, Mark, Problem
from synth.domains.kubeflow import adjusted, kustomization
from synth.kit.application import Application
from synth.kit.objects import Body, Identity, Resource, identity
from synth.kit.protection import protect
from synth.render.cache import Cache
from synth.render.documents import dump, load_all
from synth.render.kustomize import Kustomize
from synth.render.overlay import find_overlays, lay_over, overlay_files
from synth.render.plan import below, plan
from synth.render.upstream import release_objects
from synth.rules.overlays import check_overlay

Files = dict[str, bytes]

MAX_DIRECTORY = 10_000_000
"""Argo CD refuses a directory application above 10 MB of manifests (reposerver, v3.2)."""

# After Kubeflow's components, whose waves begin at 0.
_WAVES = {"teams": 10, "mlflow": 10, "models": 11, "workflows": 11, "streams": 11}


@dataclass(frozen=True)
class Hydration:
    """What hydrating needs: Kustomize, and upstream's files with the digest of their content.

    `outside` holds what a build reads outside the repository, with its digest. Everything is
    empty where an environment needs none of it.
    """

    kustomize: Kustomize | None = None
    tree: Path | None = None
    content: str = ""
    outside: Mapping[str, str] = field(default_factory=dict)

    def key_parts(self) -> tuple[str, ...]:
        """What of it decides the result."""
        return (self.content, self.kustomize.version if self.kustomize else "")


@dataclass(frozen=True)
class Rendered:
    """The files of an environment's trees, by path below each."""

    name: str
    dist: Files
    argocd: Files
    settings: Files


@dataclass(frozen=True)
class _Part:
    """An application and its files below `dist/<environment>/<application>/`."""

    application: Application
    files: Files


def render(overlays: Path, loaded: Loaded, hydration: Hydration, cache: Cache) -> Rendered:
    """Everything that one environment comes to.

    Raises ConfigurationError for overlays that fit nothing, KustomizeError, UpstreamError,
    PlanConflictError.
    """
    from synth import app  # starts Node
    from synth.render.collect import collect

    environment = loaded.environment
    laid = find_overlays(overlays, loaded.chain)
    resources = collect(app.workloads(environment))
    parts = [
        *_kubeflow(environment, laid, hydration, cache),
        *_own(resources, laid, hydration),
    ]
    _check_owners(laid, parts)
    gitops = collect(app.gitops(environment, [part.application for part in parts]))
    dist = {}
    for part in parts:
        dist.update(below(part.application.name, part.files))
    files = {name: plan(_bodies(gitops, name)) for name in ("argocd", "bootstrap", "settings")}
    dist.update(below("argocd", files["argocd"]))
    return Rendered(environment.name, dist, files["bootstrap"], files["settings"])


def _own(
    resources: Sequence[Resource], laid: Mapping[str, tuple[Path, ...]], hydration: Hydration
) -> Iterable[_Part]:
    for name in dict.fromkeys(resource.application for resource in resources):
        bodies = [protect(body) for body in _bodies(resources, name)]
        bodies = _overlaid(name, bodies, laid, hydration)
        yield _directory(name, _WAVES.get(name, max(_WAVES.values()) + 1), bodies)


def _directory(name: str, wave: int, bodies: Sequence[Body]) -> _Part:
    files = plan(bodies)
    size = sum(map(len, files.values()))
    if size > MAX_DIRECTORY:
        message = f"{size / 1e6:.1f} MB of manifests, and Argo CD refuses more than 10: split it"
        raise ConfigurationError([Problem(Mark(f"application {name}"), "", message)])
    return _Part(Application(name, wave, tuple(sorted(map(identity, bodies)))), files)


def _kubeflow(
    environment: Environment,
    laid: Mapping[str, tuple[Path, ...]],
    hydration: Hydration,
    cache: Cache,
) -> list[_Part]:
    kubeflow = environment.kubeflow
    if kubeflow is None:
        return []
    release = load_release(kubeflow.release)
    external = kubeflow.default_credentials == "external"
    store = environment.secrets.store.name if external else None
    enabled = release.enabled(kubeflow.components)
    if kubeflow.source == "reference":
        return [
            _reference(release, component, environment.registry, store, laid)
            for component in enabled
        ]
    assert hydration.kustomize  # found before anything is rendered
    assert hydration.tree
    upstream = release_objects(
        release, enabled, hydration.tree, hydration.content, hydration.kustomize, cache
    )
    parts = []
    for component in enabled:
        name = f"kubeflow-{component.name}"
        bodies = adjusted(component, upstream[component.name], environment.registry, store)
        bodies = _overlaid(name, list(map(protect, bodies)), laid, hydration)
        parts.append(_directory(name, component.wave, bodies))
    return parts


def _reference(
    release: Release,
    component: Component,
    registry: str | None,
    store: str | None,
    laid: Mapping[str, tuple[Path, ...]],
) -> _Part:
    name = f"kubeflow-{component.name}"
    folders = laid.get(name, ())
    secrets = {(c.namespace, c.name) for c in component.credentials} if store else set()
    objects = {
        Identity("external-secrets.io", "ExternalSecret", each.namespace, each.name)
        if each.kind == "Secret" and (each.namespace, each.name) in secrets
        else each
        for each in component.objects
    }
    images = [use.image for use in component.images if use.kind == "container"]
    _check_overlays(folders, objects, images)
    copies = [f"overlays/{folder.parent.name}" for folder in folders]
    bodies = kustomization(release, component, registry=registry, store=store, overlays=copies)
    files = {file: dump(body).encode() for file, body in bodies.items()}
    for copy, folder in zip(copies, folders, strict=True):
        files.update(below(copy, overlay_files(folder)))
    added = {each for folder in folders for each in _generated(folder, component)}
    application = Application(name, component.wave, tuple(sorted(objects | added)), "kustomize")
    return _Part(application, files)


def _generated(folder: Path, component: Component) -> Iterable[Identity]:
    """The kinds that an overlay's generators and resources add, for the project to permit."""
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


def _overlaid(
    name: str, bodies: list[Body], laid: Mapping[str, tuple[Path, ...]], hydration: Hydration
) -> list[Body]:
    folders = laid.get(name, ())
    if not folders:
        return bodies
    _check_overlays(folders, {identity(body) for body in bodies}, list(_images(bodies)))
    assert hydration.kustomize  # there is an overlay
    text = "---\n".join(dump(body) for body in bodies)
    return load_all(lay_over(text, folders, hydration.kustomize))


def _images(value: object) -> Iterable[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key == "image" and isinstance(item, str):
                yield item
            else:
                yield from _images(item)
    elif isinstance(value, list):
        for item in value:
            yield from _images(item)


def _check_overlays(folders: Sequence[Path], objects: set[Identity], images: list[str]) -> None:
    problems = [
        problem
        for folder in folders
        for problem in check_overlay(
            folder, f"overlays/{folder.parent.name}/{folder.name}", objects, images
        )
    ]
    if problems:
        raise ConfigurationError(problems)


def _check_owners(laid: Mapping[str, tuple[Path, ...]], parts: Sequence[_Part]) -> None:
    """An overlay of the environment itself belongs to an application that is there."""
    names = {part.application.name for part in parts}
    raise_for = [
        Problem(
            Mark(f"overlays/{folder.parent.name}/{name}"),
            "",
            f"there is no application {name!r} (there: {', '.join(sorted(names))})",
        )
        for name, folders in laid.items()
        if name not in names
        for folder in folders
    ]
    if raise_for:
        raise ConfigurationError(raise_for)


def _bodies(resources: Iterable[Resource], application: str) -> list[Body]:
    return [each.body for each in resources if each.application == application]
