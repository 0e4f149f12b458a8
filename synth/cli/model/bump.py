"""`synth model bump`: a version that the registry knows comes into an environment."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from synth.cli.model.change import Place, address, asked, change
from synth.cli.model.past import states
from synth.clients.mlflow import RegisteredVersion, Registry
from synth.config.provenance import Provenance
from synth.config.registry import Mlflow
from synth.config.serving import Model, Variant
from synth.edit.artifacts import object_store_uri
from synth.edit.history import served_before
from synth.edit.variants import NotNowError, Release, brought_in, release_of


def run(options: argparse.Namespace) -> int:
    it = asked(options)
    environment, model = it.loaded.environment, it.model
    tracking = address("MLFLOW_TRACKING_URI", "MLflow")

    def decide() -> Sequence[Variant]:
        found = _found(Registry(tracking), model, options)
        release = _release(found, model, environment.mlflow)
        if not options.version:
            _check_past(it, release, found.created)
        return brought_in(
            model.variants, release, environment.policy.promotion, canary=options.canary
        )

    return change(it, decide, step="promote")


def _check_past(it: Place, release: Release, registered: str) -> None:
    """An hourly job would bring back every hour what somebody rolled back. Raises NotNowError."""
    now = [release_of(variant)[:2] for variant in it.model.variants]
    if release[:2] not in now and served_before(release, states(it, since=registered)):
        raise NotNowError(
            f"version {release.version} was served here and taken out again: "
            f"--version {release.version} brings it back"
        )


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
