"""How good the chosen model is on comments that nothing was chosen by, and whether that is enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import mlflow.sklearn
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from sentiment.gate import Gate, Known
from sentiment.register import versions
from sentiment.tracking import ACCURACY, OUTCOME, REFUSED
from sentiment.train import accuracy_of


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The accuracy of a model and of the version before it, on the same comments, and what speaks against
    registering it.
    """

    accuracy: float
    before: Known | None
    objections: Sequence[str]


def evaluate(
    client: MlflowClient, *, run: str, model: Path, held_out: Path, name: str, gate: Gate
) -> Evaluation:
    """Judges a model, and writes that into its run."""
    accuracy = accuracy_of(mlflow.sklearn.load_model(str(model)), held_out)
    client.log_metric(run, ACCURACY, accuracy)
    latest = next((each for each in versions(client, name) if each.run_id != run), None)
    before = _known(latest, held_out) if latest else None
    objections = gate.objections(accuracy, before)
    if objections:
        client.set_tag(run, OUTCOME, f"{REFUSED}: {'; '.join(objections)}")
    return Evaluation(accuracy, before, objections)


def _known(version: ModelVersion, held_out: Path) -> Known:
    """The version on these comments. Raises RuntimeError where its model cannot be loaded."""
    try:
        model = mlflow.sklearn.load_model(f"models:/{version.name}/{version.version}")
    except MlflowException as error:
        raise RuntimeError(
            f"version {version.version} of {version.name} cannot be loaded to compare with: {error}"
        ) from error
    return Known(int(version.version), accuracy_of(model, held_out))
