"""The best of the models that one run of the pipeline has trained."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path

from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts
from mlflow.entities import Dataset, DatasetInput, Run

from sentiment import tracking
from sentiment.settings import Settings
from sentiment.tracking import CHOSEN, ORIGIN, VALIDATION_ACCURACY, TrackingError

DIGEST_LENGTH = 36
"""MLflow's limit for the digest of a data set (mlflow/utils/validation.py, MAX_DATASET_DIGEST_SIZE)."""


def choose(
    mlflow: MlflowClient,
    *,
    experiment: str,
    settings: Sequence[Settings],
    kubeflow: str,
    model: Path,
) -> Run:
    """Marks the most accurate of the trainings and writes its model's files to `model`; of equally good
    ones it is the one with the simpler settings. Raises TrackingError, also where a training is missing.
    """
    found = tracking.runs(mlflow, experiment, kubeflow)
    missing = set(settings) - {_settings(each) for each in found}
    if missing or not found:
        raise TrackingError(
            f"experiment {experiment} has no training of run {kubeflow} with "
            + (", ".join(map(str, sorted(missing, key=astuple))) or "any settings")
        )
    best = min(found, key=_rank)
    # A step that is tried again chooses again.
    for each in found:
        if CHOSEN in each.data.tags and each.info.run_id != best.info.run_id:
            mlflow.delete_tag(each.info.run_id, CHOSEN)
    mlflow.set_tag(best.info.run_id, CHOSEN, "true")
    # Here and not in each training: MLflow 3.17 fails where two runs log the same data at once.
    mlflow.log_inputs(best.info.run_id, [DatasetInput(_data(best))])
    download_artifacts(f"models:/{tracking.model_of(best)}", dst_path=str(model))
    return best


def _data(run: Run) -> Dataset:
    """What a model was trained with, as MLflow writes it down; `synth model bump` takes the digest."""
    said = {key: run.data.tags[f"{ORIGIN}{key}"] for key in ("topic", "offsets", "sha256")}
    return Dataset(
        name=said["topic"],
        digest=said["sha256"][:DIGEST_LENGTH],
        source_type="kafka",
        source=json.dumps({"topic": said["topic"], "offsets": json.loads(said["offsets"])}),
    )


def _rank(run: Run) -> tuple[float, int, float, str]:
    said = _settings(run)
    return -run.data.metrics[VALIDATION_ACCURACY], said.words, said.strength, run.info.run_id


def _settings(run: Run) -> Settings:
    said = run.data.params
    return Settings(int(said["words"]), float(said["strength"]))
