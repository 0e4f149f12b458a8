"""Knative's Kafka source as an Application of its own, which Argo CD builds from release files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from pydantic_core import to_json

from synth.app.overlays import built_by_argocd, overlays_digest
from synth.app.part import Part
from synth.app.tasks import Task
from synth.catalog.knative_kafka import IMAGES, NAMESPACE, TRACING, objects
from synth.config.environment import Environment
from synth.domains.knative import kustomization
from synth.kit.application import Application
from synth.kit.objects import Body, Origin, identity
from synth.render.digests import digest
from synth.render.documents import load_all

KNATIVE_KAFKA = "knative-kafka"
WAVE = 10
"""After Knative Eventing, before the streams."""


def knative_kafka(environment: Environment) -> str | None:
    """The version that an environment installs."""
    wanted = environment.addons.knative_kafka
    return wanted.version if wanted and wanted.install else None


def knative_kafka_tasks(
    environment: Environment,
    overlays: Mapping[str, Sequence[Path]],
    copies: Mapping[str, bytes],
    code: str,
) -> Iterator[Task]:
    """One task where an environment installs it; `overlays` holds the folders by application,
    `copies` the release's files by name where there are some.
    """
    version = knative_kafka(environment)
    # A version that is not known is a finding (ST008).
    if version and version in IMAGES:
        folders, registry = overlays.get(KNATIVE_KAFKA, ()), environment.registry
        inputs = to_json((version, registry, copies))
        key = digest("addon", code, KNATIVE_KAFKA, inputs, overlays_digest(folders))
        yield Task(KNATIVE_KAFKA, key, partial(_part, version, copies, registry, folders))


def _part(
    version: str, copies: Mapping[str, bytes], registry: str | None, folders: Sequence[Path]
) -> Part:
    def files(overlays: Sequence[str]) -> Mapping[str, Body]:
        return kustomization(version, files=list(copies), registry=registry, overlays=overlays)

    part = built_by_argocd(
        Application(KNATIVE_KAFKA, WAVE, (), "kustomize"),
        files,
        dict.fromkeys(sorted(objects(version)), Origin("", "addons.knativeKafka")),
        images=IMAGES[version],
        folders=folders,
        namespace=NAMESPACE,
    )
    return replace(part, files={**part.files, **copies})


def unfit(version: str, copies: Iterable[bytes]) -> str:
    """What makes files others than those of a version; empty where nothing does."""
    try:
        text = "\n---\n".join(data.decode() for data in copies)
        there = set(map(identity, load_all(text)))
    except (KeyError, TypeError, ValueError):
        return "it has no manifests"
    missing = sorted(set(objects(version)) - there)
    added = sorted(there - set(objects(version)) - {TRACING})
    strange = [image for image in IMAGES[version] if image not in text]
    if missing or strange:
        return f"it has no {[*missing, *strange][0]}"
    return f"it has {added[0]}" if added else ""
