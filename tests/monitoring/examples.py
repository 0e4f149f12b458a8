"""An environment with everything that the platform's alerts are about, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from synth.app.workload import resources
from synth.app.workloads import WORKLOADS
from synth.config.environment import Environment
from synth.config.load import load
from synth.kit.objects import Body
from tests.repository import ROOT

Objects = dict[tuple[str, str, str], Body]
"""By kind, namespace and name."""
FILE = ROOT / "tools/alerts/example.yaml"
GRAFANA = {"instanceSelector": {"dashboards": "grafana"}}
LABELS = {"release": "kube-prometheus-stack"}
TEAM = ("nlp", "platform.alerts")
PLATFORM = ("monitoring", "platform.alerts")


def environment(folder: Path, text: str = "", **replaced: str) -> Environment:
    """The environment with `text` after it, and in it each text in `replaced` (by any name, as
    `old -> new`) in the place of another.
    """
    content = FILE.read_text()
    for change in replaced.values():
        old, new = change.split(" -> ")
        assert old in content
        content = content.replace(old, new)
    environments = folder / "environments"
    environments.mkdir(parents=True)
    (environments / "example.yaml").write_text(content + text)
    return load(environments, {})["example"].environment


def monitoring(given: Environment, workload: str = "monitoring") -> Objects:
    """The objects of one application."""
    inputs = WORKLOADS[workload].inputs(given)
    if inputs and WORKLOADS[workload].secrets:
        inputs = {**inputs, "store": given.store}
    made = resources(workload, WORKLOADS[workload].build, inputs) if inputs else []
    bodies = [each.body for each in made]
    return {
        (body["kind"], body["metadata"].get("namespace", ""), body["metadata"]["name"]): body
        for body in bodies
    }


def rules(objects: Mapping[tuple[str, str, str], Body]) -> dict[str, Body]:
    """Every alert of the PrometheusRules, by its name."""
    return {
        rule["alert"]: rule
        for (kind, _, _), body in objects.items()
        if kind == "PrometheusRule"
        for group in body["spec"]["groups"]
        for rule in group["rules"]
        if "alert" in rule
    }


def names(objects: Mapping[tuple[str, str, str], Any], kind: str) -> list[str]:
    """The objects of a kind, as namespace/name."""
    return sorted(f"{namespace}/{name}" for each, namespace, name in objects if each == kind)
