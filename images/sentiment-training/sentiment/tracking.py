"""How runs of Kubeflow Pipelines and of MLflow name each other.

What one step leaves for the next, beside files, stands in MLflow: Kubeflow Pipelines 2.0.5 neither knows
the id of its run as a parameter nor collects what a loop has made. Its run is written into the
address of every file that a step makes: <root>/<pipeline>/<run>/<task>/… (kubeflow/pipelines
backend/src/v2/driver, 2.0.5 and 2.16.0).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

KUBEFLOW_RUN, CHOSEN, OUTCOME = "kubeflow.run_id", "sentiment.chosen", "sentiment.outcome"
"""Tags of a run: the pipeline's run, whether its model is the one chosen, what became of that."""
COMMIT = "mlflow.source.git.commit"
"""Where `synth model bump` finds the commit of the training code."""
ORIGIN, ORIGINS = "data.", ("topic", "offsets", "sha256")
"""What of the comments' origin stands in tags, and what is before it there."""
VALIDATION_ACCURACY, ACCURACY = "validation_accuracy", "accuracy"
"""By which settings are chosen; on comments that nothing was chosen by, which `synth model gate` compares."""
REGISTERED, REFUSED = "registered", "refused"
_UUID = re.compile(r"/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/")


class TrackingError(Exception):
    """MLflow has not what a step needs; the message says what."""


def kubeflow_run(placeholder: str, uri: str) -> str:
    """The id of the pipeline's run: `placeholder` where the backend has put it in, otherwise from the
    address of a file of this run. Raises TrackingError.
    """
    if not placeholder.startswith("{{"):
        return placeholder
    found = _UUID.search(uri)
    if not found:
        raise TrackingError(f"{uri} does not say which run of the pipeline it is of")
    return found[1]


def tags(kubeflow: str, origin: Mapping[str, object]) -> dict[str, str]:
    """What an MLflow run says of where it comes from; SOURCE_COMMIT is set in the image."""
    commit = os.environ.get("SOURCE_COMMIT")
    known = {KUBEFLOW_RUN: kubeflow, **{ORIGIN + key: str(origin[key]) for key in ORIGINS}}
    return {**known, COMMIT: commit} if commit else known


def client(address: str) -> MlflowClient:
    """MLflow's client; credentials come from MLFLOW_TRACKING_USERNAME and the like."""
    import mlflow

    mlflow.set_tracking_uri(address)
    return mlflow.MlflowClient(address, address)


def experiment_id(mlflow: MlflowClient, name: str) -> str:
    """The experiment by its name, made where there is none. `mlflow.set_experiment` does not do for
    trainings that begin side by side: in 3.17 one of them may end up in another experiment.
    """
    from mlflow.exceptions import MlflowException

    found = mlflow.get_experiment_by_name(name)
    if found is None:
        try:
            return str(mlflow.create_experiment(name))
        except MlflowException:
            found = mlflow.get_experiment_by_name(name)
            if found is None:
                raise
    return str(found.experiment_id)


def runs(mlflow: MlflowClient, experiment: str, kubeflow: str) -> list[Run]:
    """The MLflow runs that a run of the pipeline has made and finished."""
    found = mlflow.get_experiment_by_name(experiment)
    if found is None:
        return []
    query = f"tags.`{KUBEFLOW_RUN}` = '{kubeflow}' and attributes.status = 'FINISHED'"
    return list(mlflow.search_runs([found.experiment_id], query, max_results=1000))


def chosen(mlflow: MlflowClient, experiment: str, kubeflow: str) -> Run | None:
    """The MLflow run whose model a run of the pipeline has chosen."""
    marked = (each for each in runs(mlflow, experiment, kubeflow) if CHOSEN in each.data.tags)
    return next(marked, None)


def model_of(run: Run) -> str:
    """The id of the model that a run has made. Raises TrackingError."""
    made = run.outputs.model_outputs if run.outputs else []
    if len(made) != 1:
        raise TrackingError(f"run {run.info.run_id} has made {len(made)} models, must be one")
    return str(made[0].model_id)
