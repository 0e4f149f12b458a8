"""Prometheus' own promtool on rules and cases."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from synth.kit.objects import Body
from tests.shared import promtool


class Fires(NamedTuple):
    """An alert: its labels beside those that the rule gives it, and the description word for word."""

    labels: Mapping[str, str]
    description: str


class Case(NamedTuple):
    """What Prometheus sees from minute 0 on, in promtool's notation, when to look, and what fires."""

    series: Mapping[str, str]
    at: str
    fires: Iterable[Fires] = ()


def check(folder: Path, rules: list[Body]) -> subprocess.CompletedProcess[str]:
    """What promtool says of the rules themselves."""
    return _promtool(
        folder, {"rules": rules}, "check", "rules", "--lint=all", "--lint-fatal", "rules.json"
    )


def judge(
    folder: Path, rules: Mapping[str, Body], right: Body, cases: Mapping[str, Case]
) -> subprocess.CompletedProcess[str]:
    """What promtool says when each of the rules is held to the cases, under its name here; what has
    to arrive are alerts of `right`.
    """
    tests = [
        {
            "name": what,
            "interval": "1m",
            "input_series": [
                {"series": series, "values": values} for series, values in case.series.items()
            ],
            "alert_rule_test": [
                {
                    "eval_time": case.at,
                    "alertname": name,
                    "exp_alerts": [_alert(right, each) for each in case.fires],
                }
                for name in rules
            ],
        }
        for what, case in cases.items()
    ]
    content = {"rule_files": ["rules.json"], "evaluation_interval": "1m", "tests": tests}
    (folder / "tests.json").write_text(json.dumps(content))
    named = [{**rule, "alert": name} for name, rule in rules.items()]
    return _promtool(folder, {"rules": named}, "test", "rules", "tests.json")


def _alert(rule: Body, fires: Fires) -> dict[str, Any]:
    return {
        "exp_labels": {**fires.labels, **rule["labels"]},
        "exp_annotations": {**rule["annotations"], "description": fires.description},
    }


def _promtool(
    folder: Path, group: Mapping[str, Any], *arguments: str
) -> subprocess.CompletedProcess[str]:
    content = {"groups": [{"name": "judged", "interval": "1m", **group}]}
    (folder / "rules.json").write_text(json.dumps(content))
    return subprocess.run(
        [promtool(), *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
