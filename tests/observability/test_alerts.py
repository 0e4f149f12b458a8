"""What an alert says when it fires, as Prometheus' own promtool sees it; when it fires is the matter
of test_objective_alerts.py.

What Grafana evaluates is judged by the same cases: its query and threshold are put together as
the expression that they stand for.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from synth.kit.objects import Body
from tests.observability.test_objects import GROUP, RULE, made
from tests.shared import promtool

Rules = list[Body]
Series = list[Body]


def prometheus_rules(**model: Any) -> Rules:
    rules: Rules = made(model)[RULE]["spec"]["groups"][0]["rules"]
    return rules


def grafana_rules(**model: Any) -> Rules:
    """Grafana's alerts, behind what Prometheus records for them."""
    objects = made(model)
    records = [each for each in objects[RULE]["spec"]["groups"][0]["rules"] if "record" in each]
    return [*records, *map(_as_prometheus, objects[GROUP]["spec"]["rules"])]


def _as_prometheus(rule: Body) -> Body:
    query, threshold = (data["model"] for data in rule["data"])
    [condition] = threshold["conditions"]
    assert (rule["condition"], threshold["expression"]) == (threshold["refId"], query["refId"])
    assert condition["evaluator"]["type"] == "gt"
    [limit] = condition["evaluator"]["params"]
    # Its own annotations say which panel it belongs to.
    told = {key: text for key, text in rule["annotations"].items() if not key.startswith("__")}
    text = told["description"]
    return {
        "alert": rule["title"].partition(": ")[2],
        "expr": f"({query['expr']}) > {limit}",
        "for": rule["for"],
        "labels": rule["labels"],
        "annotations": {
            **told,
            "description": text.replace(f"$values.{query['refId']}.Value", "$value"),
        },
    }


Cases = dict[str, tuple[Series, str, list[tuple[str, Body]]]]
"""By what they are called: the series, when to look, and the alerts that fire then."""


def counted(metric: str, labels: str, rate: int) -> Body:
    """A counter that rises by so much a minute, for four hours."""
    return {"series": f"{metric}{{{labels}}}", "values": f"0+{rate}x240"}


def traffic(metric: str, labels: str, code: str, *, unit: int, slow: int, failed: int) -> Series:
    """A thousand requests a minute: slow ones take between 0.5 s and 1 s, all others between 0.25 and
    0.5 s; failed ones count for shares only.
    """
    good = 1000 - failed
    rates = {f"{0.25 * unit:g}": 0, f"{0.5 * unit:g}": good - slow, f"{unit}": good, "+Inf": good}
    return [
        *(
            counted(f"{metric}_bucket", f'{labels}, {code}="200", le="{le}"', rate)
            for le, rate in rates.items()
        ),
        counted(f"{metric}_count", f'{labels}, {code}="200"', good),
        counted(f"{metric}_count", f'{labels}, {code}="500"', failed),
    ]


def seldon(**changes: int) -> Series:
    labels = (
        'namespace="nlp", deployment_name="sentiment", predictor_name="canary", '
        'service="predictions"'
    )
    metric = "seldon_api_executor_server_requests_seconds"
    return traffic(metric, labels, "code", unit=1, **changes)


def kserve(**changes: int) -> Series:
    labels = (
        'namespace="nlp", model="sentiment", version="8", reporter="destination", '
        'source_workload="istio-ingressgateway"'
    )
    metric = "istio_request_duration_milliseconds"
    return traffic(metric, labels, "response_code", unit=1000, **changes)


SELDON = {"deployment_name": "sentiment", "predictor_name": "canary"}
KSERVE = {"version": "8"}


def fires(
    alert: str, of: dict[str, str], summary: str, description: str, **labels: str
) -> tuple[str, Body]:
    """An alert as it has to arrive, word for word."""
    own = {"severity": "warning", "team": "nlp", "model": "sentiment", "namespace": "nlp"}
    return alert, {
        "exp_labels": {**own, **of, **labels},
        "exp_annotations": {"summary": summary, "description": description},
    }


def slow(of: dict[str, str], who: str, value: str) -> tuple[str, Body]:
    return fires(
        "ModelLatencyHigh", of, "Model sentiment answers slower than promised",
        f"{who} answers 95 of 100 requests within {value}, the objective is 500ms.",
        quantile="p95",
    )  # fmt: skip


def failing(of: dict[str, str], who: str, value: str) -> tuple[str, Body]:
    return fires(
        "ModelErrorsHigh", of, "Model sentiment fails more often than promised",
        f"{who} fails {value} of its requests, the objective is at most 1%.",
    )  # fmt: skip


def burning(
    of: dict[str, str], who: str, value: str, long: str, short: str, lasts: str, severity: str
) -> tuple[str, Body]:
    return fires(
        "ModelErrorBudgetBurn", of,
        f"Model sentiment uses up its error budget of 30 days within {lasts}",
        f"{who} fails {value} of its requests of {long} by its own fault, the objective is an "
        "availability of 99.9%.",
        long=long, short=short, severity=severity,
    )  # fmt: skip


def all_burning(of: dict[str, str], who: str, value: str) -> list[tuple[str, Body]]:
    """What a share of 2% of faults starts within four hours."""
    return [
        burning(of, who, value, "1h", "5m", "50 hours", "critical"),
        burning(of, who, value, "6h", "30m", "5 days", "critical"),
        burning(of, who, value, "1d", "2h", "10 days", "warning"),
        burning(of, who, value, "3d", "6h", "30 days", "warning"),
    ]


OBJECTIVES = {"latency": {"p95": "500ms"}, "errors": "1%", "availability": "99.9%"}
CASES: dict[str, tuple[dict[str, Any], Cases]] = {
    "seldon": (
        {},
        {
            "nothing": (seldon(slow=49, failed=0), "30m", []),
            "slow": (
                seldon(slow=60, failed=0),
                "30m",
                [slow(SELDON, "The variant canary", "583.3ms")],
            ),
            "failing": (
                seldon(slow=0, failed=20),
                "4h",
                [
                    failing(SELDON, "The variant canary", "2%"),
                    *all_burning(SELDON, "The variant canary", "2%"),
                ],
            ),
        },
    ),
    "kserve": (
        {"engine": "kserve"},
        {
            "nothing": (kserve(slow=49, failed=0), "30m", []),
            "slow": (kserve(slow=60, failed=0), "30m", [slow(KSERVE, "Version 8", "583.3ms")]),
            "failing": (
                kserve(slow=0, failed=20),
                "4h",
                [failing(KSERVE, "Version 8", "2%"), *all_burning(KSERVE, "Version 8", "2%")],
            ),
        },
    ),
}


def judged(folder: Path, rules: Rules, cases: Cases) -> subprocess.CompletedProcess[str]:
    """What promtool says of the cases; JSON is YAML."""
    (folder / "rules.json").write_text(json.dumps(_file(rules)))
    tests = []
    for name, (series, at, expected) in cases.items():
        checks = [
            {
                "eval_time": at,
                "alertname": alert,
                "exp_alerts": [each for fired, each in expected if fired == alert],
            }
            for alert in sorted({rule["alert"] for rule in rules if "alert" in rule})
        ]
        tests.append(
            {"name": name, "interval": "1m", "input_series": series, "alert_rule_test": checks}
        )
    content = {"rule_files": ["rules.json"], "evaluation_interval": "1m", "tests": tests}
    (folder / "tests.json").write_text(json.dumps(content))
    return run(folder, "test", "rules", "tests.json")


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [promtool(), *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def run_check(folder: Path, rules: Rules) -> subprocess.CompletedProcess[str]:
    """What promtool says of the rules themselves."""
    (folder / "rules.json").write_text(json.dumps(_file(rules)))
    return run(folder, "check", "rules", "--lint=all", "--lint-fatal", "rules.json")


def _file(rules: Rules) -> dict[str, Any]:
    return {"groups": [{"name": "nlp.sentiment", "interval": "1m", "rules": rules}]}


BOTH = pytest.mark.parametrize("rules", [prometheus_rules, grafana_rules])


@BOTH
@pytest.mark.parametrize("engine", CASES)
def test_promtool_finds_nothing_wrong(
    rules: Callable[..., Rules], engine: str, tmp_path: Path
) -> None:
    done = run_check(tmp_path, rules(objectives=OBJECTIVES, **CASES[engine][0]))
    assert (done.returncode, done.stderr) == (0, "")


@BOTH
@pytest.mark.parametrize("engine", CASES)
def test_what_alerts_say(rules: Callable[..., Rules], engine: str, tmp_path: Path) -> None:
    model, cases = CASES[engine]
    done = judged(tmp_path, rules(objectives=OBJECTIVES, **model), cases)
    assert done.returncode == 0, done.stdout + done.stderr
