"""Overlays: each belongs to an application that is there, and its patches hit something.

Kustomize itself passes a patch over in silence when its target matches nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from synth.config.load import plain
from synth.config.problems import Mark, Problem
from synth.config.source import Mapping as MappingNode
from synth.config.source import Node, Scalar, Sequence, parse
from synth.kit.objects import Identity, group_of

FILE = "kustomization.yaml"
_OUTDATED = {"patchesStrategicMerge": "patches", "patchesJson6902": "patches", "bases": "resources"}


def check_overlay(
    folder: Path, name: str, objects: Collection[Identity], images: Collection[str]
) -> list[Problem]:
    """What is wrong with the overlay in `folder`, which messages call `name`.

    `objects` and `images` are what the application has before the overlay.
    """
    path = folder / FILE
    where = f"{name}/{FILE}"
    if not path.is_file():
        return [Problem(Mark(name), "", f"has no {FILE}: an overlay is a Kustomize Component")]
    tree, problems = parse(path, where)
    if tree is None:
        return problems
    kind = tree.entries.get("kind")
    if not isinstance(kind, Scalar) or kind.value != "Component":
        problems.append(Problem(kind.mark if kind else tree.mark, "kind", "must be Component"))
    for key, instead in _OUTDATED.items():
        if key in tree.entries:
            problems.append(Problem(tree.keys[key], key, f"is outdated: use {instead}"))
    problems += _outside(tree, folder)
    for index, patch in enumerate(_items(tree, "patches")):
        problems += _check_patch(patch, f"patches[{index}]", folder, objects)
    for index, image in enumerate(_items(tree, "images")):
        problems += _check_image(image, f"images[{index}]", images)
    return problems


def _check_patch(
    patch: Node, path: str, folder: Path, objects: Collection[Identity]
) -> Iterator[Problem]:
    target = plain(patch).get("target") if isinstance(patch, MappingNode) else None
    if isinstance(target, dict):
        if not any(_matches(target, each) for each in objects):
            yield Problem(patch.mark, path, f"no object matches the target {_described(target)}")
        return
    for document in _patch_documents(patch, folder):
        wanted = {
            "group": group_of(str(document.get("apiVersion", ""))),
            "kind": document.get("kind"),
            **{
                key: re.escape(str(value))
                for key, value in (document.get("metadata") or {}).items()
                if key in ("name", "namespace")
            },
        }
        if not any(_matches(wanted, each) for each in objects):
            metadata = document.get("metadata") or {}
            shown = {
                "kind": document.get("kind"),
                **{k: metadata[k] for k in ("namespace", "name") if k in metadata},
            }
            yield Problem(patch.mark, path, f"no object matches the patch of {_described(shown)}")


def _patch_documents(patch: Node, folder: Path) -> list[dict[str, Any]]:
    data = plain(patch)
    if not isinstance(data, dict):
        return []
    text = data.get("patch")
    if text is None and isinstance(data.get("path"), str):
        file = folder / data["path"]
        text = file.read_text() if file.is_file() else None
    if not isinstance(text, str):
        return []
    try:
        documents = list(yaml.safe_load_all(text))
    except yaml.YAMLError:
        return []  # Kustomize says it better
    return [each for each in documents if isinstance(each, dict)]


def _check_image(image: Node, path: str, images: Collection[str]) -> Iterator[Problem]:
    name = plain(image).get("name") if isinstance(image, MappingNode) else None
    if isinstance(name, str) and name not in {_untagged(each) for each in images}:
        yield Problem(image.mark, path, f"no container uses the image {name!r}")


def _untagged(image: str) -> str:
    name = image.partition("@")[0]
    head, slash, tail = name.rpartition("/")
    return f"{head}{slash}{tail.partition(':')[0]}"


def _outside(tree: MappingNode, folder: Path) -> Iterator[Problem]:
    """References that leave the overlay's folder, which is copied as a whole."""
    for key in ("resources", "components", "patches"):
        for index, item in enumerate(_items(tree, key)):
            reference = item.value if isinstance(item, Scalar) else plain(item).get("path")
            if not isinstance(reference, str):
                continue
            path = f"{key}[{index}]"
            if "://" in reference or not (folder / reference).resolve().is_relative_to(
                folder.resolve()
            ):
                yield Problem(item.mark, path, f"{reference!r} is outside the overlay: copy it in")
            elif not (folder / reference).exists():
                yield Problem(item.mark, path, f"there is no {reference!r}")


def _items(tree: MappingNode, key: str) -> Iterable[Node]:
    value = tree.entries.get(key)
    return value.items if isinstance(value, Sequence) else ()


def _matches(target: Mapping[str, Any], object_: Identity) -> bool:
    """Whether Kustomize's selector selects the object; names are anchored patterns.

    Source: kubernetes-sigs/kustomize api/types/selector.go. Labels and annotations are not
    known of an identity and count as matching.
    """
    fields = {
        "group": object_.group, "kind": object_.kind,
        "name": object_.name, "namespace": object_.namespace,
    }  # fmt: skip
    return all(
        re.fullmatch(str(target[key]), value) is not None
        for key, value in fields.items()
        if target.get(key)
    )


def _described(target: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}={value}" for key, value in target.items())
