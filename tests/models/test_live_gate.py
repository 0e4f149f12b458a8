"""How canary and stable do side by side: the questions as Prometheus' own promtool answers them,
the answers as the gate reads them, and a server that is not there.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from synth.config.promotion import LiveGate
from synth.review.gate import compare_traffic
from synth.review.traffic import Traffic, traffic
from tests.answers import Request, answering
from tests.repository import Repository
from tests.shared import promtool

METRIC = "seldon_api_executor_server_requests_seconds"
LABELS = (
    'namespace="nlp", deployment_name="sentiment", predictor_name="canary", service="predictions"'
)


def questions() -> list[str]:
    """What is asked of a version, in order."""
    asked: list[str] = []

    def ask(query: str) -> float:
        asked.append(query)
        return 1.0

    traffic(ask, "nlp", "sentiment", "canary", 8, "30m")
    return asked


def test_the_questions_are_about_this_version_and_its_predictions(tmp_path: Path) -> None:
    """100 requests a minute, of which 2 fail; 90 of the good ones take up to 0.25 s and 8 up to
    0.5 s. Another version, feedback and another model have numbers that would show.
    """
    series = {
        f'{METRIC}_count{{{LABELS}, predictor_version="8", code="200"}}': "0+98x60",
        f'{METRIC}_count{{{LABELS}, predictor_version="8", code="500"}}': "0+2x60",
        f'{METRIC}_bucket{{{LABELS}, predictor_version="8", code="200", le="0.25"}}': "0+90x60",
        f'{METRIC}_bucket{{{LABELS}, predictor_version="8", code="200", le="0.5"}}': "0+98x60",
        f'{METRIC}_bucket{{{LABELS}, predictor_version="8", code="200", le="+Inf"}}': "0+98x60",
        f'{METRIC}_count{{{LABELS}, predictor_version="7", code="500"}}': "0+7x60",
        f'{METRIC}_count{{{LABELS.replace("predictions", "feedback")}, predictor_version="8", '
        'code="500"}': "0+7x60",
        f'{METRIC}_count{{{LABELS.replace("sentiment", "spam")}, predictor_version="8", '
        'code="500"}': "0+7x60",
    }
    # 95 % of the 98 measured are 93.1, which is 3.1 of 8 into the bucket from 0.25 to 0.5.
    expected = (3000, 60, 0.25 + 0.25 * 3.1 / 8)
    tests = [
        {"expr": query, "eval_time": "50m", "exp_samples": [{"labels": "{}", "value": value}]}
        for query, value in zip(questions(), expected, strict=True)
    ]
    file = tmp_path / "test.yaml"
    given = [{"series": name, "values": values} for name, values in series.items()]
    # promtool compares floats as they are, so it is asked for rounded ones.
    for test in tests:
        test["expr"] = f"round({test['expr']}, 0.000001)"
        test["exp_samples"][0]["value"] = round(test["exp_samples"][0]["value"], 6)  # type: ignore[index]
    file.write_text(
        json.dumps(
            {"tests": [{"interval": "1m", "input_series": given, "promql_expr_test": tests}]}
        )
    )
    done = subprocess.run(
        [promtool(), "test", "rules", file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("stable", "candidate", "outcomes"),
    [
        (Traffic(9000, 0.001, 0.2), Traffic(1000, 0.002, 0.23), ["passed", "passed", "passed"]),
        (Traffic(9000, 0.001, 0.2), Traffic(1000, 0.002, 0.25), ["passed", "worse", "passed"]),
        (Traffic(9000, 0.001, 0.2), Traffic(1000, 0.02, 0.2), ["passed", "passed", "worse"]),
        (Traffic(9000, 0.001, 0.2), Traffic(199, 1.0, 5.0), ["not enough traffic yet"]),
        (Traffic(0, None, None), Traffic(1000, 0.0, 0.2), ["not enough traffic yet"]),
        (Traffic(9000, 0.001, None), Traffic(1000, 0.0, 0.2), ["passed", "unknown", "passed"]),
    ],
)
def test_what_the_gate_makes_of_the_answers(
    stable: Traffic, candidate: Traffic, outcomes: list[str]
) -> None:
    compared = compare_traffic(LiveGate(), stable, candidate)
    assert [each.outcome for each in compared] == outcomes


@contextmanager
def prometheus(answers: dict[str, float]) -> Iterator[str]:
    """A server with the answer to every query that has these words in it."""

    def answer(request: Request) -> tuple[int, object]:
        assert request.path == "/api/v1/query"
        query = request.query["query"]
        fitting = (
            value
            for words, value in answers.items()
            if all(word in query for word in words.split())
        )
        result = [{"metric": {}, "value": [0, str(value)]} for value in fitting][:1]
        return 200, {"status": "success", "data": {"resultType": "vector", "result": result}}

    with answering(answer) as address:
        yield address


def test_a_canary_is_compared_while_it_serves(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.edit("environments/base.yaml", "metrics: {accuracy: {drop: 5%}}", "metrics: {}")
    gate = ("model", "gate", "sentiment", "--env", "prod", "--live")
    answers = {
        '"canary" !~': 100.0, '"stable" !~': 9.0,
        "0.95 canary": 0.31, "0.95 stable": 0.3,
        '"canary"': 1000.0, '"stable"': 9000.0,
    }  # fmt: skip
    with prometheus(answers) as address:
        done = repository.synth(*gate, PROMETHEUS_URL=address)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == (
        "MODEL      ENV   GATE  WHAT         STABLE  CANDIDATE  LIMIT                        OUTCOME\n"
        "sentiment  prod  live  requests     9000    1000       at least 200 in 30m          passed\n"
        "sentiment  prod  live  latency p95  0.3     0.31       at most 20% higher           passed\n"
        "sentiment  prod  live  errors       0.001   0.1        at most 1% of requests more  worse\n"
    )
    with prometheus({}) as address:
        done = repository.synth(*gate, PROMETHEUS_URL=address)
    assert (done.returncode, done.stdout.splitlines()[1].split()[-4:]) == (
        1, ["not", "enough", "traffic", "yet"],
    )  # fmt: skip
    done = repository.synth(*gate, PROMETHEUS_URL=address)
    assert done.returncode == 2
    assert done.stderr.startswith(f"prod: sentiment: {address} does not answer: ")
    assert done.stderr.count("\n") == 1
    done = repository.synth(*gate)
    assert (done.returncode, done.stderr) == (
        2, "synth: PROMETHEUS_URL is not set: the address of Prometheus\n",
    )  # fmt: skip
