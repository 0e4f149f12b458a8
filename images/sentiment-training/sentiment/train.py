"""A classifier of comments by their words, logged in MLflow with all that made it.

The model takes a table with a column `text`, so that MLServer answers the V2 protocol's requests with
content type `pd` (docs/serving.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import mlflow
import pandas as pd
from mlflow.models import infer_signature
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.pipeline import Pipeline, make_pipeline

from sentiment import tracking
from sentiment.comments import read
from sentiment.settings import Settings

EXAMPLES = 3
LIBRARIES = ("mlflow", "pandas", "scikit-learn")
"""What is needed to load the model."""


@dataclass(frozen=True, slots=True)
class Trained:
    """The MLflow run of a training, and how right its model is on the comments to choose by."""

    run: str
    accuracy: float


def train(
    settings: Settings,
    *,
    seed: int,
    training: Path,
    validation: Path,
    experiment_id: str,
    kubeflow: str,
    origin: Mapping[str, object],
) -> Trained:
    """Trains, judges and logs a model; MLflow's tracking URI is set already."""
    texts, labels = table(training)
    mlflow.set_experiment(experiment_id=experiment_id)
    with mlflow.start_run(tags=tracking.tags(kubeflow, origin)) as run:
        mlflow.log_params({"words": settings.words, "strength": settings.strength, "seed": seed})
        model = classifier(settings, seed).fit(texts, labels)
        accuracy = accuracy_of(model, validation)
        mlflow.log_metric(tracking.VALIDATION_ACCURACY, accuracy)
        examples = texts.head(EXAMPLES)
        mlflow.sklearn.log_model(
            model,
            name="model",
            signature=infer_signature(examples, model.predict(examples)),
            input_example=examples,
            pip_requirements=[f"{name}=={version(name)}" for name in LIBRARIES],
        )
    return Trained(run.info.run_id, accuracy)


def classifier(settings: Settings, seed: int) -> Pipeline:
    """The model before it has learned anything."""
    words = TfidfVectorizer(ngram_range=(1, settings.words), sublinear_tf=True)
    return make_pipeline(
        ColumnTransformer([("text", words, "text")]),
        LogisticRegression(C=settings.strength, max_iter=1000, random_state=seed),
    )


def accuracy_of(model: Pipeline, comments: Path) -> float:
    """The share of labelled comments that a model is right about."""
    texts, labels = table(comments)
    return float(accuracy_score(labels, model.predict(texts)))


def table(comments: Path) -> tuple[pd.DataFrame, list[str]]:
    """The texts and the labels of comments that have one."""
    known = [(each.text, each.label) for each in read(comments) if each.label is not None]
    return pd.DataFrame({"text": [text for text, _ in known]}), [label for _, label in known]
