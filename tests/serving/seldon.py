"""Models of Seldon for tests, and what the generator makes of them."""

from __future__ import annotations

import json
from typing import Any

from cdk8s import App, Chart

from synth.config.observability import Traces
from synth.config.serving import Model
from synth.domains.serving import SeldonModel
from synth.kit.objects import Body
from tests.schemas import complaints

CRD = "seldon-1.17.1.yaml"
STABLE: Body = {"name": "stable", "version": 7, "artifact": "s3://models/7", "traffic": 100}


def model(**fields: Any) -> Model:
    body = {"name": "sentiment", "team": "nlp", "variants": [STABLE], **fields}
    return Model.model_validate_json(json.dumps(body))


def objects(
    wanted: Model, *, host: str | None = None, traces: Traces | None = None
) -> dict[tuple[str, str], Body]:
    """The objects of a model by kind and name; the SeldonDeployment is what its CRD says."""
    leaf = SeldonModel(
        Chart(App(), "models"), wanted, mirror=lambda image: f"m/{image}", host=host,
        traces=traces,
    )  # fmt: skip
    assert leaf.key == f"models.{wanted.name}"
    assert {body["metadata"]["namespace"] for body in leaf.objects} == {"nlp"}
    made = {(body["kind"], body["metadata"]["name"]): body for body in leaf.objects}
    assert len(made) == len(leaf.objects)
    assert complaints(CRD, made["SeldonDeployment", wanted.name]) == []
    return made


def deployment(*, host: str | None = None, traces: Traces | None = None, **fields: Any) -> Body:
    made = objects(model(**fields), host=host, traces=traces)
    return made["SeldonDeployment", "sentiment"]


def predictor(**fields: Any) -> Body:
    """The first predictor of a model."""
    first: Body = deployment(**fields)["spec"]["predictors"][0]
    return first


def container(**fields: Any) -> Body:
    """The model's own container."""
    first: Body = predictor(**fields)["componentSpecs"][0]["spec"]["containers"][0]
    return first
