"""`synth model bump`: a version that the registry knows comes into an environment."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from synth.cli.model.change import address, asked, change
from synth.clients.mlflow import RegisteredVersion, Registry
from synth.config.provenance import Provenance
from synth.config.registry import Mlflow
from synth.config.serving import Model, Variant
from synth.edit.artifacts import object_store_uri
from synth.edit.variants import Release, brought_in


def run(options: argparse.Namespace) -> int:
    it = asked(options)
    environment, model = it.loaded.environment, it.model
    tracking = address("MLFLOW_TRACKING_URI", "MLflow")

    def decide() -> Sequence[Variant]:
        found = _found(Registry(tracking), model, options)
        release = _release(found, model, environment.mlflow)
        return brought_in(
            model.variants, release, environment.policy.promotion, canary=options.canary
        )

    return change(it, decide, step="promote")


def _found(registry: Registry, model: Model, options: argparse.Namespace) -> RegisteredVersion:
    if options.version:
        return registry.version(model.registry_name, options.version)
    if options.alias:
        return registry.alias(model.registry_name, options.alias)
    return registry.latest(model.registry_name)


def _release(found: RegisteredVersion, model: Model, mlflow: Mlflow | None) -> Release:
    destination = mlflow.artifacts.destination if mlflow else None
    return Release(
        found.version,
        object_store_uri(found.location, destination),
        Provenance(
            registered_model=found.model,
            run=found.run,
            commit=found.commit,
            data=found.data,
            created=found.created,
            mlflow=found.mlflow,
            metrics={
                name: found.metrics[name]
                for name in sorted(model.gate.metrics)
                if name in found.metrics
            },
        ),
    )
