"""When an alert fires, as Prometheus' own promtool sees it.

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
METRIC = "seldon_api_executor_server_requests_seconds"


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
    text = rule["annotations"]["description"]
    return {
        "alert": rule["title"].partition(": ")[2],
        "expr": f"({query['expr']}) > {limit}",
        "for": rule["for"],
        "labels": rule["labels"],
        "annotations": {
            **rule["annotations"],
            "description": text.replace(f"$values.{query['refId']}.Value", "$value"),
        },
    }


def traffic(
    predictor: str = "stable",
    *,
    requests: int = 1000,
    slow: int = 0,
    failed: int = 0,
    minutes: int = 60,
    service: str = "predictions",
    deployment: str = "sentiment",
) -> Series:
    """Requests a minute to one predictor, for so many minutes and then none.

    Slow ones take between 0.5 and 0.75 s, all others between 0.25 and 0.5 s; failed ones count
    for the share of errors only.
    """
    good, bad = requests - failed, failed
    rates = {"0.25": 0, "0.5": good - slow, "0.75": good, "+Inf": good}
    labels = {
        "namespace": "nlp",
        "deployment_name": deployment,
        "predictor_name": predictor,
        "service": service,
    }
    series = [("bucket", {"code": "200", "le": le}, rate) for le, rate in rates.items()]
    series += [("count", {"code": "200"}, good), ("count", {"code": "500"}, bad)]
    return [
        {
            "series": f"{METRIC}_{name}{{{_matchers({**labels, **more})}}}",
            "values": f"0+{rate}x{minutes} {rate * minutes}+0x60",
        }
        for name, more, rate in series
    ]


def _matchers(labels: dict[str, str]) -> str:
    return ",".join(f'{key}="{value}"' for key, value in labels.items())


LATENCY, ERRORS = "ModelLatencyHigh", "ModelErrorsHigh"
DESCRIPTIONS = {
    LATENCY: "The variant {predictor} answers 95 of 100 requests within {value}, "
    "the objective is 500ms.",
    ERRORS: "The variant {predictor} fails {value} of its requests, the objective is at most 1%.",
}
SUMMARIES = {
    LATENCY: "Model sentiment answers slower than promised",
    ERRORS: "Model sentiment fails more often than promised",
}


def fires(alert: str, predictor: str, value: str) -> tuple[str, Body]:
    """An alert as it has to arrive, word for word."""
    return alert, {
        "exp_labels": {
            "severity": "warning",
            "team": "nlp",
            "model": "sentiment",
            "namespace": "nlp",
            "deployment_name": "sentiment",
            "predictor_name": predictor,
        },
        "exp_annotations": {
            "summary": SUMMARIES[alert],
            "description": DESCRIPTIONS[alert].format(predictor=predictor, value=value),
        },
    }


SLOW, FAILING = traffic(slow=51), traffic(failed=11)
JUST_SLOW = fires(LATENCY, "stable", "504.9ms")
JUST_FAILING = fires(ERRORS, "stable", "1.1%")
Cases = dict[str, tuple[Series, str, list[tuple[str, Body]]]]
"""By what they are called: the series, when to look, and the alerts that fire then."""
CASES: Cases = {
    "slow just below the threshold": (traffic(slow=49), "30m", []),
    "slow at the threshold": (traffic(slow=50), "30m", []),
    "slow just above, not yet for long enough": (SLOW, "5m", []),
    "slow just above, for long enough": (SLOW, "6m", [JUST_SLOW]),
    "slow, then no more requests": (traffic(slow=51, minutes=30), "40m", []),
    "slow, until they stop": (traffic(slow=51, minutes=30), "30m", [JUST_SLOW]),
    "failing just below the threshold": (traffic(failed=9), "30m", []),
    "failing at the threshold": (traffic(failed=10), "30m", []),
    "failing just above, not yet for long enough": (FAILING, "5m", []),
    "failing just above, for long enough": (FAILING, "6m", [JUST_FAILING]),
    "failing, then no more requests": (traffic(failed=11, minutes=30), "40m", []),
    "all failing": (traffic(failed=1000), "30m", [fires(ERRORS, "stable", "100%")]),
    "no data": ([], "30m", []),
    "nothing but zeroes": (traffic(requests=0), "30m", []),
    "too little traffic": (traffic(requests=2, slow=1, failed=1), "30m", []),
    "just enough traffic": (
        traffic(requests=3, failed=1),
        "30m",
        [fires(ERRORS, "stable", "33.33%")],
    ),
    "a canary beside a good variant": (
        traffic(requests=9000) + traffic("canary", slow=51, failed=11),
        "30m",
        [fires(LATENCY, "canary", "507.6ms"), fires(ERRORS, "canary", "1.1%")],
    ),
    "another model": (traffic(deployment="topics", slow=500, failed=500), "30m", []),
    "feedback is no prediction": (traffic(service="feedback", slow=500, failed=500), "30m", []),
}


def recovering() -> Series:
    """Bad for half an hour, then good."""
    bad = traffic(slow=100, failed=100, minutes=30)
    good = traffic()
    return [
        {**was, "values": was["values"].partition(" ")[0] + _continued(was, now)}
        for was, now in zip(bad, good, strict=True)
    ]


def _continued(was: Body, now: Body) -> str:
    reached = was["values"].split()[1].partition("+")[0]
    rate = now["values"].partition("+")[2].partition("x")[0]
    return f" {reached}+{rate}x60"


CASES["recovered"] = (recovering(), "37m", [])


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
            for alert in (rule["alert"] for rule in rules)
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
def test_promtool_finds_nothing_wrong(rules: Callable[[], Rules], tmp_path: Path) -> None:
    done = run_check(tmp_path, rules())
    assert (done.returncode, done.stderr) == (0, "")


@BOTH
@pytest.mark.parametrize("case", CASES)
def test_alerts_fire_when_they_should(
    rules: Callable[[], Rules], case: str, tmp_path: Path
) -> None:
    done = judged(tmp_path, rules(), {case: CASES[case]})
    assert done.returncode == 0, done.stdout + done.stderr


def _replaced(old: str, new: str, key: str = "expr") -> Callable[[Body], Body]:
    def mutate(rule: Body) -> Body:
        assert old in rule[key]
        return {**rule, key: rule[key].replace(old, new)}

    return mutate


MUTATIONS: dict[str, tuple[str, Callable[[Body], Body]]] = {
    "latency below": (LATENCY, _replaced(") > 0.5", ") < 0.5")),
    "latency at": (LATENCY, _replaced(") > 0.5", ") >= 0.5")),
    "latency higher": (LATENCY, _replaced(") > 0.5", ") > 0.51")),
    "latency lower": (LATENCY, _replaced(") > 0.5", ") > 0.49")),
    "another quantile": (LATENCY, _replaced("0.95", "0.9")),
    "errors below": (ERRORS, _replaced(") > 0.01", ") < 0.01")),
    "errors at": (ERRORS, _replaced(") > 0.01", ") >= 0.01")),
    "errors higher": (ERRORS, _replaced(") > 0.01", ") > 0.012")),
    "errors lower": (ERRORS, _replaced(") > 0.01", ") > 0.008")),
    "successes for errors": (ERRORS, _replaced("code!~", "code=~")),
    "seldom requests": (ERRORS, _replaced(">= 0.05", ">= 0.01")),
    "seldom slow requests": (LATENCY, _replaced(">= 0.05", ">= 0.01")),
    "only frequent requests": (ERRORS, _replaced(">= 0.05", ">= 0.06")),
    "all variants together": (ERRORS, _replaced(", predictor_name", "")),
    "all slow variants together": (LATENCY, _replaced(", predictor_name", "")),
    "any service": (ERRORS, _replaced(', service="predictions"', "")),
    "any model": (LATENCY, _replaced('deployment_name="sentiment", ', "")),
    "at once": (ERRORS, _replaced("5m", "0s", "for")),
    "later": (LATENCY, _replaced("5m", "6m", "for")),
    "no severity": (LATENCY, lambda rule: {**rule, "labels": {"team": "nlp"}}),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_the_cases_see_every_mutation(mutation: str, tmp_path: Path) -> None:
    alert, mutate = MUTATIONS[mutation]
    rules = [mutate(each) if each["alert"] == alert else each for each in prometheus_rules()]
    done = judged(tmp_path, rules, CASES)
    assert done.returncode == 1, f"no case failed: {done.stdout}"
    assert "FAILED" in done.stderr + done.stdout
