"""Overlays over an application's objects, checked before Kustomize applies them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from synth.app.part import Files, Part
from synth.config.problems import ConfigurationError
from synth.kit.application import Application
from synth.kit.objects import Body, Identity, Origin, Resource, identity
from synth.render.digests import digest, folder_digest
from synth.render.documents import dump, load_all
from synth.render.kustomize import Kustomize
from synth.render.overlay import lay_over, overlay_files
from synth.render.plan import below
from synth.rules.overlays import check_overlay


def overlaid(
    resources: Sequence[Resource], folders: Sequence[Path], kustomize: Kustomize | None
) -> Sequence[Resource]:
    """The objects of one application with the overlays in `folders` applied, first to last.

    An object keeps its origin; the overlays are that of what they add.
    Raises ConfigurationError for overlays that fit nothing, KustomizeError.
    """
    if not folders:
        return resources
    bodies = [resource.body for resource in resources]
    check_overlays(folders, set(map(identity, bodies)), list(_images(bodies)))
    assert kustomize, "looked for wherever there is an overlay"
    text = "---\n".join(map(dump, bodies))
    application = resources[0].application
    origins = {identity(resource.body): resource.origin for resource in resources}
    added = Origin(", ".join(map(overlay_name, folders)), "")
    return [
        Resource(application, body, origins.get(identity(body), added))
        for body in load_all(lay_over(text, folders, kustomize))
    ]


def built_by_argocd(
    application: Application,
    kustomization: Callable[[Sequence[str]], Mapping[str, Body]],
    origins: Mapping[Identity, Origin],
    images: Collection[str],
    folders: Sequence[Path],
    namespace: str,
) -> Part:
    """An application that Argo CD builds from a kustomization, with copies of the overlays beside it.

    `kustomization` makes its files, given where the copies are; `origins` has the objects that come
    of it without overlays, `images` what their containers run; `namespace` is where an overlay's
    generators put what names none. Raises ConfigurationError for overlays that fit nothing.
    """
    check_overlays(folders, set(origins), images)
    copies = {f"overlays/{folder.parent.name}": folder for folder in folders}
    files: Files = {name: dump(body).encode() for name, body in kustomization(list(copies)).items()}
    owned = dict(origins)
    for copy, folder in copies.items():
        files.update(below(copy, overlay_files(folder)))
        for added in _generated(folder, namespace):
            owned.setdefault(added, Origin(overlay_name(folder), ""))
    return Part(replace(application, objects=tuple(sorted(owned))), files, owned)


def _generated(folder: Path, namespace: str) -> Iterator[Identity]:
    """What an overlay's generators and resources add, for the project to permit."""
    data = load_all((folder / "kustomization.yaml").read_text())[0]
    namespace = data.get("namespace") or namespace
    for key, kind in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")):
        for generator in data.get(key, ()):
            yield Identity("", kind, generator.get("namespace") or namespace, generator["name"])
    for resource in data.get("resources", ()):
        if (folder / resource).is_file():
            for body in load_all((folder / resource).read_text()):
                yield identity(body)


def overlay_name(folder: Path) -> str:
    """What people call an overlay: `overlays/prod/models`."""
    return f"overlays/{folder.parent.name}/{folder.name}"


def overlays_digest(folders: Iterable[Path]) -> str:
    """What of the overlays decides the result: their names, order and content."""
    return digest(*(part for each in folders for part in (overlay_name(each), folder_digest(each))))


def check_overlays(
    folders: Iterable[Path], objects: Collection[Identity], images: Collection[str]
) -> None:
    """Raises ConfigurationError with everything in the overlays that fits nothing."""
    problems = [
        problem
        for folder in folders
        for problem in check_overlay(folder, overlay_name(folder), objects, images)
    ]
    if problems:
        raise ConfigurationError(problems)


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
