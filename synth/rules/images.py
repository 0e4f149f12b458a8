"""Images that an environment names, against what its policy demands of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from synth.catalog.images import split
from synth.config.base import PINNED
from synth.config.environment import Environment
from synth.rules.findings import Finding


def check_images(environment: Environment) -> Iterator[Finding]:
    """Findings about images without a digest, and with one that is a placeholder."""
    if not environment.policy.require_image_digests:
        return
    named = [*_images(environment, ()), *_by_default(environment)]
    for key, image in sorted(named):
        *_, digest = split(image)
        if not digest:
            yield Finding(
                "IM001", "error", key,
                f"policy.requireImageDigests: {image} has none: add @sha256:… as the registry "
                "answered when it was pushed",
            )  # fmt: skip
        elif len(set(digest.removeprefix("sha256:"))) == 1:
            yield Finding(
                "IM002", "error", key,
                f"policy.requireImageDigests: {digest[:15]}… is a placeholder: write what the "
                "registry answered when the image was pushed",
            )  # fmt: skip


def _by_default(environment: Environment) -> Iterator[tuple[str, str]]:
    """What runs where no image is named."""
    if environment.mlflow and not environment.mlflow.image:
        yield "mlflow.image", environment.mlflow.server_image


def _holds_image(field: FieldInfo) -> bool:
    choices = get_args(field.annotation)  # of Image | None
    return PINNED in field.metadata or any(
        PINNED in getattr(choice, "__metadata__", ()) for choice in choices
    )


def _images(value: object, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Every image below a value, by the path that it is written at."""
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            here = (*path, field.alias or name)
            below = getattr(value, name)
            if isinstance(below, str) and _holds_image(field):
                yield ".".join(here), below
            else:
                yield from _images(below, here)
    elif isinstance(value, tuple):
        for index, each in enumerate(value):
            yield from _images(each, (*path, getattr(each, "name", str(index))))
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _images(each, (*path, str(name)))
