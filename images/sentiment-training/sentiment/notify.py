"""What became of a run of the pipeline, for people: the exit handler.

It asks MLflow, where every step has left what it came to: the backend of Kubeflow 1.8 (2.0.5) refuses a
pipeline whose exit handler wants to be told the status of what it follows.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal
from urllib.request import Request, urlopen

from sentiment import tracking
from sentiment.tracking import ACCURACY, OUTCOME, REFUSED, REGISTERED

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

SECONDS = 30
"""How long whoever is told may take."""
NOT_TRAINED = "failed: it ended before a model was chosen"
NOT_JUDGED = "failed: it ended before its model was judged and registered"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a run; `text` is for people. `accuracy` is that on held-out comments, 0 to 1."""

    model: str
    state: Literal["registered", "refused", "failed"]
    text: str
    kubeflow_run: str
    mlflow_run: str | None = None
    accuracy: float | None = None


def outcome(model: str, kubeflow: str, run: Run | None) -> Outcome:
    """What became of a pipeline's run, from the MLflow run that it has chosen."""
    if run is None:
        return Outcome(model, "failed", f"{model}: {NOT_TRAINED}", kubeflow)
    said = run.data.tags.get(OUTCOME, NOT_JUDGED)
    state: Literal["registered", "refused", "failed"] = "failed"
    if said.startswith(f"{REGISTERED}:"):
        state = "registered"
    elif said.startswith(f"{REFUSED}:"):
        state = "refused"
    accuracy = run.data.metrics.get(ACCURACY)
    return Outcome(model, state, f"{model}: {said}", kubeflow, run.info.run_id, accuracy)


def notify(
    mlflow: MlflowClient, *, experiment: str, model: str, kubeflow: str, webhook: str
) -> Outcome:
    """Says what became of a run, and posts it as JSON to `webhook` where there is one. Raises OSError where
    nobody takes it.
    """
    it = outcome(model, kubeflow, tracking.chosen(mlflow, experiment, kubeflow))
    print(it.text)
    if webhook:
        post(webhook, it)
    return it


def post(webhook: str, it: Outcome) -> None:
    """Raises OSError where nobody takes it."""
    request = Request(webhook, encoded(it), {"Content-Type": "application/json"})  # noqa: S310
    with urlopen(request, timeout=SECONDS):  # noqa: S310  (http or https, as somebody has configured it)
        pass


def encoded(it: Outcome) -> bytes:
    """The outcome as JSON."""
    return json.dumps(asdict(it), sort_keys=True).encode()
