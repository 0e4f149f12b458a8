"""`synth images`: every image an environment runs, and its name in the mirror."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from synth.cli.steps import mistakes, repository, users_cache

if TYPE_CHECKING:
    from synth.app.pipelines import Compiled
    from synth.config.environment import Environment

_NO_MIRROR = "nothing to copy: `registry` in an environment's file says where the mirror is"


class Row(NamedTuple):
    """An image: who uses it, its name in the mirror, and whether it is pulled from there."""

    environment: str
    image: str
    used_by: str
    mirror: str
    rewritten: bool


def run(options: argparse.Namespace) -> int:
    with mistakes():
        rows = _rows(options)
    if options.output == "json":
        print(json.dumps([row._asdict() for row in rows], indent=2))
    elif options.output in ("skopeo", "crane"):
        copies = sorted({(row.image, row.mirror) for row in rows if row.mirror})
        for image, mirror in copies:
            print(
                f"docker://{image} docker://{mirror}"
                if options.output == "skopeo"
                else f"{image} {mirror}"
            )
        if not copies:
            print(_NO_MIRROR, file=sys.stderr)
    else:
        for row in rows:
            mirror = f"  {row.mirror}" if row.mirror else ""
            note = (
                ""
                if row.rewritten or not row.mirror
                else "  (inside a document: not rewritten here)"
            )
            print(f"{row.environment}  {row.used_by}  {row.image}{mirror}{note}")
    return 0


def _row(
    environment: str, registry: str | None, image: str, used_by: str, *, rewritable: bool = True
) -> Row:
    from synth.catalog.images import mirrored, normalised

    mirror = mirrored(image, registry) if registry else ""
    return Row(environment, normalised(image), used_by, mirror, bool(mirror) and rewritable)


def _of_pipelines(
    environment: Environment, compiled: Mapping[str, Compiled]
) -> Iterator[tuple[str, str]]:
    """The images of components, and of the Jobs that register: each with who uses it."""
    from synth.catalog.pipelines import PROGRAM_IMAGE

    kubeflow = environment.kubeflow
    registered = kubeflow is not None and kubeflow.pipelines_store == "database"
    for name, made in compiled.items():
        for image in (*made.images, *([PROGRAM_IMAGE] if registered else [])):
            yield image, f"pipelines.{name}"


def _kafka(environment: Environment) -> Iterator[tuple[str, str]]:
    """The images of Strimzi's operator and of its clusters, and of Knative's Kafka source, each with
    who uses it.
    """
    from synth.app.knative_kafka import KNATIVE_KAFKA, knative_kafka
    from synth.catalog.knative_kafka import IMAGES
    from synth.catalog.strimzi import KAFKA_VERSIONS, kafka_image, operator_image

    strimzi = environment.addons.strimzi
    if strimzi and strimzi.install:
        yield operator_image(strimzi.version), "strimzi"
    if strimzi:
        for cluster in environment.kafka:
            yield kafka_image(strimzi.version, cluster.version), f"kafka.{cluster.name}"
            if environment.platform_alerts:
                # The exporter, which runs the operator's newest whatever the cluster runs.
                newest = KAFKA_VERSIONS.get(strimzi.version, (cluster.version,))[-1]
                yield kafka_image(strimzi.version, newest), f"kafka.{cluster.name}"
    for image in IMAGES.get(knative_kafka(environment) or "", ()):
        yield image, KNATIVE_KAFKA


def _operators(environment: Environment) -> Iterator[tuple[str, str]]:
    """The images of the operators of observability, and of what they run, each with who uses it."""
    from synth.app.operators import NAMES
    from synth.catalog.elastic import elastic_images
    from synth.catalog.jaeger import index_cleaner_image, jaeger_image
    from synth.catalog.operators import OPERATORS, operator_images

    for section, settings in environment.addons.operators.items():
        for image in operator_images(OPERATORS[section], settings.version):
            yield image, NAMES[section]
    observability = environment.observability
    if observability and observability.logs:
        for image in elastic_images(observability.logs.version):
            yield image, "logs"
    if observability and observability.tracing and observability.tracing.jaeger:
        jaeger = observability.tracing.jaeger
        yield jaeger_image(jaeger.version), "tracing"
        if jaeger.storage == "elasticsearch":
            yield index_cleaner_image(jaeger.version), "tracing"


def _rows(options: argparse.Namespace) -> list[Row]:
    from synth.catalog.addons import argo_events_images, argo_images, seldon_images
    from synth.catalog.kubeflow import load_release
    from synth.configuration import configuration
    from synth.pipeline import pipelines

    rows = set()
    project = repository(options)
    environments = configuration(project, options.environments)
    compiled = pipelines(project, users_cache(), environments)
    for name, loaded in environments.items():
        environment = loaded.environment
        row = partial(_row, name, environment.registry)
        if environment.kubeflow:
            release = load_release(environment.kubeflow.release)
            hydrated = environment.kubeflow.source == "hydrated"
            for component in release.enabled(environment.kubeflow.components):
                for use in component.images:
                    rewritable = hydrated or use.kind != "document"
                    rows.add(row(use.image, f"kubeflow-{component.name}", rewritable=rewritable))
        if environment.addons.seldon:
            version = environment.addons.seldon.version
            rows |= {row(image, "seldon") for image in seldon_images(version)}
        if environment.addons.argo_events and environment.addons.argo_events.install:
            version = environment.addons.argo_events.version
            rows |= {row(image, "argo-events") for image in argo_events_images(version)}
        if environment.addons.argo_workflows:
            version = environment.addons.argo_workflows.version
            rows |= {row(image, "argo-workflows") for image in argo_images(version)}
        rows |= {row(image, by) for image, by in _kafka(environment)}
        rows |= {row(image, by) for image, by in _operators(environment)}
        if environment.mlflow:
            rows.add(row(environment.mlflow.server_image, "mlflow"))
        for model in environment.models:
            if model.server.image:
                rows.add(row(model.server.image, f"models.{model.name}"))
        rows |= {row(*each) for each in _of_pipelines(environment, compiled[name])}
        for workflow in environment.workflows:
            rows |= {row(image, f"workflows.{workflow.name}") for image in workflow.images}
        for stream in environment.streams:
            rows.add(row(stream.processor.image, f"streams.{stream.name}"))
    return sorted(rows)
