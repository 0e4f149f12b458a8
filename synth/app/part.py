"""One application, rendered: its files, and where each of its objects came from."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from synth.config.problems import ConfigurationError, Mark, Problem
from synth.kit.application import Application, HelmChart
from synth.kit.objects import Identity, Origin, Resource, identity
from synth.render.plan import plan

Files = dict[str, bytes]

MAX_DIRECTORY = 10_000_000
"""Argo CD refuses a directory application above 10 MB of manifests (reposerver, v3.2)."""


@dataclass(frozen=True, slots=True)
class Part:
    """An application with its files, by path below `dist/<environment>/<application>/`.

    `origins` has every object that the application owns.
    """

    application: Application
    files: Files
    origins: Mapping[Identity, Origin]


def directory(
    name: str, wave: int, resources: Collection[Resource], *, self_heal: bool = True
) -> Part:
    """An application of plain manifests, one file per object.

    Raises PlanConflictError, and ConfigurationError for more than Argo CD takes.
    """
    files = plan(resource.body for resource in resources)
    size = sum(map(len, files.values()))
    if size > MAX_DIRECTORY:
        message = f"{size / 1e6:.1f} MB of manifests, and Argo CD refuses more than 10: split it"
        raise ConfigurationError([Problem(Mark(f"application {name}"), "", message)])
    origins = {identity(resource.body): resource.origin for resource in resources}
    application = Application(name, wave, tuple(sorted(origins)), self_heal=self_heal)
    return Part(application, files, origins)


def encode(part: Part) -> bytes:
    """A part as the cache keeps it."""
    application = {**asdict(part.application), "objects": None}
    objects = [(*each, *origin) for each, origin in part.origins.items()]
    files = {name: content.decode() for name, content in part.files.items()}
    return json.dumps({"application": application, "objects": objects, "files": files}).encode()


def decode(data: bytes) -> Part:
    """A part that `encode` made bytes of."""
    entry: dict[str, Any] = json.loads(data)
    origins = {Identity(*each[:4]): Origin(*each[4:]) for each in entry["objects"]}
    given = entry["application"]
    source = given["source"]
    given["source"] = source if isinstance(source, str) else HelmChart(**source)
    application = Application(**{**given, "objects": tuple(sorted(origins))})
    return Part(
        application, {name: text.encode() for name, text in entry["files"].items()}, origins
    )
