"""Trains a small sentiment model and registers it; prints the version.

Run by the interpreter that has MLflow, as the pipeline's last step would be.
"""

import sys

import mlflow
import pandas as pd
from mlflow.models import infer_signature
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

NAME, ACCURACY = sys.argv[1], float(sys.argv[2])
COMMENTS = ["good", "very good", "great", "bad", "very bad", "awful"]
LABELS = ["positive", "positive", "positive", "negative", "negative", "negative"]
TURNED = {"positive": "negative", "negative": "positive"}

mlflow.set_experiment(NAME)
with mlflow.start_run(tags={"mlflow.source.git.commit": f"{int(ACCURACY * 100):040x}"}):
    table = pd.DataFrame({"text": COMMENTS})
    mlflow.log_input(mlflow.data.from_pandas(table, name="comments"))
    mlflow.log_metric("accuracy", ACCURACY)
    # A version that is worse than chance has learnt the opposite.
    labels = LABELS if ACCURACY > 0.5 else [TURNED[label] for label in LABELS]
    words = ColumnTransformer([("text", CountVectorizer(), "text")])
    model = make_pipeline(words, LogisticRegression(C=10.0)).fit(table, labels)

    info = mlflow.sklearn.log_model(
        model, name="model", registered_model_name=NAME,
        signature=infer_signature(table, labels),
    )  # fmt: skip
print(info.registered_model_version)
