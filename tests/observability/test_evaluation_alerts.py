"""When a model's accuracy or its input makes an alert fire, as Prometheus' own promtool sees it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from synth.kit.objects import Body
from tests.observability.test_alerts import (
    Cases,
    Rules,
    Series,
    grafana_rules,
    judged,
    prometheus_rules,
    run_check,
)
from tests.observability.test_objects import GROUP, RULE, made


def variant(name: str, version: int, traffic: int, accuracy: float | None) -> dict[str, Any]:
    metrics = {} if accuracy is None else {"accuracy": accuracy}
    provenance = {"registeredModel": "sentiment", "run": "r", "metrics": metrics}
    artifact = f"s3://models/{version}"
    return {
        "name": name, "version": version, "artifact": artifact, "traffic": traffic,
        "provenance": provenance,
    }  # fmt: skip


MODEL: dict[str, Any] = {
    "objectives": {"accuracyDrop": "5%", "inputDrift": 0.2},
    "retraining": {"workflow": "sentiment-training", "when": ("accuracyDrop",)},
    "variants": (variant("stable", 7, 90, 0.8), variant("canary", 8, 10, 0.9)),
}


def pushed(
    value: float,
    *,
    metric: str = "model_accuracy_ratio",
    count: str = "model_judged_predictions",
    judged: int = 1000,
    job: str = "model-accuracy",
    minutes: int = 300,
    model: str = "sentiment",
    namespace: str = "nlp",
    **labels: str,
) -> Series:
    """What the Pushgateway shows of a figure that is pushed once an hour, for so many minutes, and
    shows for ever after; the time of the test begins at 0.
    """
    group = {"job": job, "namespace": namespace, "model": model, **labels}
    text = ",".join(f'{key}="{value}"' for key, value in group.items())
    hourly = " ".join(f"{hour * 3600}+0x59" for hour in range(minutes // 60))
    return [
        {"series": f'{metric}{{{text},pod="a"}}', "values": f"{value}+0x600"},
        {"series": f'{count}{{{text},pod="a"}}', "values": f"{judged}+0x600"},
        {
            "series": f'push_time_seconds{{{text},pod="a"}}',
            "values": f"{hourly} {(minutes // 60 - 1) * 3600}+0x600",
        },
    ]


def accuracy(value: float, version: int = 7, **other: Any) -> Series:
    return pushed(value, version=str(version), **other)


def drift(value: float, **other: Any) -> Series:
    return pushed(
        value,
        metric="model_input_drift_psi",
        count="model_input_drift_inputs",
        job="model-input-drift",
        **other,
    )


LOW, DRIFTED = "ModelAccuracyLow", "ModelInputDrifted"


def low(version: int, drop: str) -> tuple[str, Body]:
    return LOW, {
        "exp_labels": {
            "severity": "warning",
            "team": "nlp",
            "model": "sentiment",
            "namespace": "nlp",
            "version": str(version),
            "retraining": "sentiment-training",
        },
        "exp_annotations": {
            "summary": "Model sentiment is less accurate than it was",
            "description": f"Version {version} is {drop} less accurate than when it was registered, "
            "the objective is at most 5%.",
        },
    }


def drifted(value: str) -> tuple[str, Body]:
    return DRIFTED, {
        "exp_labels": {
            "severity": "warning",
            "team": "nlp",
            "model": "sentiment",
            "namespace": "nlp",
        },
        "exp_annotations": {
            "summary": "Model sentiment is asked other things than it learned from",
            "description": "The input differs from the training data by a population stability "
            f"index of {value}, the objective is at most 0.2.",
        },
    }


CASES: Cases = {
    "as accurate as registered": (accuracy(0.8), "30m", []),
    "better": (accuracy(0.95), "30m", []),
    "just less than the drop": (accuracy(0.7601), "30m", []),
    "just more, not yet for long enough": (accuracy(0.7599), "4m", []),
    "just more, for long enough": (accuracy(0.7599), "5m", [low(7, "5.012%")]),
    "a canary is held to its own accuracy": (
        accuracy(0.8) + accuracy(0.8, version=8),
        "30m",
        [low(8, "11.11%")],
    ),
    "both": (
        accuracy(0.72) + accuracy(0.81, version=8),
        "30m",
        [low(7, "10%"), low(8, "10%")],
    ),
    "a version that is not served any more": (accuracy(0.1, version=6), "30m", []),
    "too few judged": (accuracy(0.5, judged=199), "30m", []),
    "just enough judged": (accuracy(0.4, judged=200), "30m", [low(7, "50%")]),
    "nobody pushes any more, not for long": (accuracy(0.4, minutes=60), "179m", [low(7, "50%")]),
    "nobody pushes any more": (accuracy(0.4, minutes=60), "180m", []),
    "another model": (accuracy(0.1, model="topics"), "30m", []),
    "another team": (accuracy(0.1, namespace="ads"), "30m", []),
    "no data": ([], "30m", []),
    "little drift": (drift(0.199), "30m", []),
    "drift, not yet for long enough": (drift(0.201), "4m", []),
    "drift, for long enough": (drift(0.201), "5m", [drifted("0.20")]),
    "drift of few inputs": (drift(3, judged=199), "30m", []),
    "drift of just enough inputs": (drift(3, judged=200), "30m", [drifted("3.00")]),
    "nobody looks any more": (drift(3, minutes=60), "180m", []),
    "another model drifts": (drift(3, model="topics"), "30m", []),
    "a restarted Pushgateway is no other alert": (
        [{**each, "series": each["series"].replace('"a"', '"b"')} for each in accuracy(0.4)]
        + accuracy(0.4),
        "30m",
        [low(7, "50%")],
    ),
}
BOTH = pytest.mark.parametrize("rules", [prometheus_rules, grafana_rules])


@BOTH
def test_promtool_finds_nothing_wrong(rules: Callable[..., Rules], tmp_path: Path) -> None:
    done = run_check(tmp_path, rules(**MODEL))
    assert (done.returncode, done.stderr) == (0, "")


@BOTH
@pytest.mark.parametrize("case", CASES)
def test_alerts_fire_when_they_should(
    rules: Callable[..., Rules], case: str, tmp_path: Path
) -> None:
    done = judged(tmp_path, rules(**MODEL), {case: CASES[case]})
    assert done.returncode == 0, done.stdout + done.stderr


MUTATIONS: dict[str, tuple[str, str, str]] = {
    "the other's accuracy": (LOW, "/ 0.9)", "/ 0.8)"),
    "a smaller drop than allowed": (LOW, ") > 0.05", ") < 0.05"),
    "a larger drop": (LOW, ") > 0.05", ") > 0.0505"),
    "a smaller drop": (LOW, ") > 0.05", ") > 0.0495"),
    "any version": (LOW, ', version="7"', ""),
    "any team": (LOW, 'namespace="nlp"', 'namespace=~".+"'),
    "few judged": (LOW, ">= 200", ">= 199"),
    "more judged": (LOW, ">= 200", ">= 201"),
    "older": (LOW, "< 10800", "<= 10800"),
    "newer": (LOW, "< 10800", "< 10740"),
    "a smaller drift than allowed": (DRIFTED, ") > 0.2", ") < 0.2"),
    "a smaller drift": (DRIFTED, ") > 0.2", ") > 0.198"),
    "a larger drift": (DRIFTED, ") > 0.2", ") > 0.202"),
    "few inputs": (DRIFTED, ">= 200", ">= 199"),
    "an old drift": (DRIFTED, "< 10800", "<= 10800"),
    "any model": (DRIFTED, 'model="sentiment"', 'model=~".+"'),
}


@pytest.mark.thorough
@pytest.mark.parametrize("mutation", MUTATIONS)
def test_the_cases_see_every_mutation(mutation: str, tmp_path: Path) -> None:
    alert, old, new = MUTATIONS[mutation]
    rules = prometheus_rules(**MODEL)
    [rule] = [each for each in rules if each["alert"] == alert]
    assert old in rule["expr"]
    rule["expr"] = rule["expr"].replace(old, new)
    done = judged(tmp_path, rules, CASES)
    assert done.returncode == 1, f"no case failed: {done.stdout}"
    assert "FAILED" in done.stderr + done.stdout


def test_only_the_alerts_that_retrain_say_so() -> None:
    objects = made(MODEL)
    rules = [*objects[RULE]["spec"]["groups"][0]["rules"], *objects[GROUP]["spec"]["rules"]]
    told = {"severity": "warning", "team": "nlp", "model": "sentiment"}
    retrains = {**told, "retraining": "sentiment-training"}
    assert [rule["labels"] for rule in rules] == [retrains, told] * 2


def test_a_version_of_unknown_accuracy_is_not_watched() -> None:
    variants = (variant("stable", 7, 90, 0.8), variant("canary", 8, 10, None))
    [rule, _] = prometheus_rules(**{**MODEL, "variants": variants})
    assert 'version="7"' in rule["expr"]
    assert 'version="8"' not in rule["expr"]
    [rule] = prometheus_rules(**{**MODEL, "variants": (variant("stable", 7, 100, None),)})
    assert rule["alert"] == DRIFTED


def test_a_model_that_nothing_can_be_said_of_has_no_empty_rules() -> None:
    model = {"objectives": {"accuracyDrop": "5%"}, "variants": (variant("stable", 7, 100, None),)}
    assert not {RULE, GROUP} & made(model).keys()
