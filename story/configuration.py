"""What the team writes into the new repository: the example's sections, with less of Kubeflow.

Of the example are the model with its objectives, the stream, the pipeline, the workflows and who is told
of what; a test holds the alert rules that follow to the example's. What is another here is what a machine
of two cores has no room for, and times: windows that count hours in production count minutes here.
Comments come in where production is, so what reads them and trains is in production alone; dev and
staging serve the model.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from synth.catalog.kubeflow import load_release
from synth.render.documents import dump
from tests.repository import ROOT

RELEASE = "1.8.1"
ENVIRONMENTS = ("dev", "staging", "prod")
TEAM, MODEL = "nlp", "sentiment"
COMPONENTS = (
    "cert-manager",
    "istio-crds",
    "istio-namespace",
    "kubeflow-namespace",
    "kubeflow-roles",
    "profiles",
    "seldon",
)
"""The parts of Kubeflow that the objects of every environment need the kinds of."""
TRAINING_COMPONENTS = ("knative-serving", "pipelines")
"""The parts that what reads comments and trains needs besides."""
_TRAINING = "training"
"""The file that holds what production has more than the others."""
_TRAINED = "prod"
"""Where comments come in, and where models are trained."""
_OF_ENVIRONMENTS: Sequence[str] = ("policy", "teams")
_OF_TRAINING: Sequence[str] = ("events", "workflows")
_OPERATORS = {"argoEvents": {"install": False}, "knativeKafka": {}, "strimzi": {}}
"""Operators whose charts cannot be fetched: their CRDs are in the clusters already."""
LIVE = {"window": "60s", "minRequests": 40, "latency": "100%", "errors": "1%"}
"""How a canary is compared with what is stable: 30 minutes and 500 requests are too many here."""
SELDOM = "30 3 * * 1"
"""The schedule of what trains, instead of every hour."""
JUDGED = "1m"
"""The time over which accuracy is measured, instead of a day."""


def write(tree: Path, servers: Mapping[str, str], release: str = RELEASE) -> None:
    """Writes the environments of the story over those of a new repository; `servers` are the
    addresses of the clusters, by environment.
    """
    folder = tree / "environments"
    example = {name: _read(ROOT / "environments" / f"{name}.yaml") for name in ("base", *servers)}
    _save(folder / "base.yaml", _base(_read(folder / "base.yaml"), example["base"], release))
    _save(folder / f"{_TRAINING}.yaml", _training(example["base"]))
    for name, server in servers.items():
        path = folder / f"{name}.yaml"
        _save(path, _environment(_read(path), example[name], server))
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "pipelines", tree / "pipelines", ignore=ignored)


def _base(own: dict[str, Any], example: dict[str, Any], release: str) -> dict[str, Any]:
    """What every environment has."""
    switches = {name: name in COMPONENTS for name in load_release(release).components}
    kubeflow = {**own["kubeflow"], "source": "hydrated", "components": switches}
    [model] = example["models"]
    # Where requests are logged and traces go is Elasticsearch, which is not here.
    model = _without(model, "requestLog", "retraining")
    model["gate"] = {**model["gate"], "live": LIVE}
    return {
        **_without(own, "addons"),
        "kubeflow": kubeflow,
        "teams": example["teams"],
        "models": [model],
        "mlflow": example["mlflow"],
        "observability": _without(example["observability"], "logs", "tracing"),
    }


def _training(example: dict[str, Any]) -> dict[str, Any]:
    """What reads comments and trains, over what every environment has."""
    [model] = example["models"]
    return {
        "extends": "base",
        "kubeflow": {"components": dict.fromkeys(TRAINING_COMPONENTS, True)},
        "models": [{"name": model["name"], "retraining": model["retraining"]}],
        "pipelines": example["pipelines"],
        "streams": example["streams"],
        "workflows": [_timed(each) for each in example["workflows"]],
        "addons": _OPERATORS,
    }


def _timed(workflow: dict[str, Any]) -> dict[str, Any]:
    """A workflow that looks at less time, and one that trains when the story says: it is on time for
    as long as the story takes.
    """
    steps = [
        {**step, "args": [_window(word) for word in step["args"]]} if "args" in step else step
        for step in workflow["steps"]
    ]
    trains = any(step.get("kind") == "pipeline" for step in steps)
    return {**workflow, "steps": steps, **({"schedule": SELDOM} if trains else {})}


def _window(word: str) -> str:
    return f"--window={JUDGED}" if word.startswith("--window=") else word


def _environment(own: dict[str, Any], example: dict[str, Any], server: str) -> dict[str, Any]:
    trains = own["name"] == _TRAINED
    sections = (*_OF_ENVIRONMENTS, *(_OF_TRAINING if trains else ()))
    [model] = example["models"]
    model = _without(model, "variants")
    told = example.get("observability", {}).get("notifications")
    return {
        **own,
        **{name: example[name] for name in sections if name in example},
        **({"extends": _TRAINING} if trains else {}),
        "cluster": {"server": server, "kubernetes": example["cluster"]["kubernetes"]},
        **({"models": [model]} if len(model) > 1 else {}),
        **({"observability": {"notifications": told}} if told else {}),
    }


def _without(body: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in names}


def _read(path: Path) -> dict[str, Any]:
    body: dict[str, Any] = yaml.safe_load(path.read_text())
    return body


def _save(path: Path, body: dict[str, Any]) -> None:
    schema = "# yaml-language-server: $schema=../schemas/environment.json\n"
    path.write_text(schema + dump(body))
