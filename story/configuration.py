"""What the team writes into the new repository: the example's sections, with less of Kubeflow.

Of the example are the model with its objectives, the stream, the pipeline, the workflows and who is told
of what; a test holds the alert rules that follow to the example's. What is another here is what a machine
of two cores has no room for, and times: windows that count hours in production count minutes here.
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
    "knative-serving",
    "kubeflow-namespace",
    "kubeflow-roles",
    "pipelines",
    "profiles",
    "seldon",
)
"""The parts of Kubeflow that the story's objects need the kinds of."""
_SECTIONS = ("mlflow", "models", "observability", "pipelines", "streams", "workflows")
_OF_ENVIRONMENTS: Sequence[str] = ("events", "policy", "teams", "workflows")
_THERE = {"argoEvents": {"install": False}, "knativeKafka": {}, "strimzi": {}}
"""Operators whose charts cannot be fetched: their CRDs are in the clusters already."""
LIVE = {"window": "60s", "minRequests": 60, "latency": "100%", "errors": "1%"}
"""How a canary is compared with what is stable: 30 minutes and 500 requests are too many here."""
SELDOM = "30 3 * * 1"
"""The schedule of what trains, instead of every hour."""
JUDGED = "1m"
"""The time over which accuracy is measured, instead of a day."""


def write(tree: Path, servers: Mapping[str, str], release: str = RELEASE) -> None:
    """Writes the environments of the story over those of a new repository; `servers` are the
    addresses of the clusters, by environment.
    """
    example = {name: _read(ROOT / "environments" / f"{name}.yaml") for name in ("base", *servers)}
    base = _read(tree / "environments/base.yaml")
    _save(tree / "environments/base.yaml", _base(base, example["base"], release))
    for name, server in servers.items():
        path = tree / "environments" / f"{name}.yaml"
        _save(path, _environment(_read(path), example[name], server))
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "pipelines", tree / "pipelines", ignore=ignored)


def _base(own: dict[str, Any], example: dict[str, Any], release: str) -> dict[str, Any]:
    switches = {name: name in COMPONENTS for name in load_release(release).components}
    kubeflow = {**own["kubeflow"], "source": "hydrated", "components": switches}
    taken = {name: example[name] for name in _SECTIONS}
    [model] = taken["models"]
    # Where requests are logged and traces go is Elasticsearch, which is not here.
    model = {**model, "gate": {**model["gate"], "live": LIVE}}
    model.pop("requestLog")
    observability = {**taken["observability"]}
    for name in ("logs", "tracing"):
        observability.pop(name)
    own = {key: value for key, value in own.items() if key != "addons"}
    return {
        **own,
        **taken,
        "kubeflow": kubeflow,
        "teams": example["teams"],
        "models": [model],
        "observability": observability,
        "workflows": [_timed(each) for each in taken["workflows"]],
        "addons": _THERE,
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
    taken = {name: example[name] for name in _OF_ENVIRONMENTS if name in example}
    [model] = example["models"]
    models = {key: value for key, value in model.items() if key != "variants"}
    told = example.get("observability", {}).get("notifications")
    return {
        **own,
        **taken,
        "cluster": {"server": server, "kubernetes": example["cluster"]["kubernetes"]},
        **({"models": [models]} if len(models) > 1 else {}),
        **({"observability": {"notifications": told}} if told else {}),
    }


def _read(path: Path) -> dict[str, Any]:
    body: dict[str, Any] = yaml.safe_load(path.read_text())
    return body


def _save(path: Path, body: dict[str, Any]) -> None:
    schema = "# yaml-language-server: $schema=../schemas/environment.json\n"
    path.write_text(schema + dump(body))
