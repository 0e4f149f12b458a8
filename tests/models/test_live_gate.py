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

from synth.catalog.metrics import Requests, requests
from synth.config.promotion import LiveGate
from synth.review.gate import compare_traffic
from synth.review.traffic import Traffic, traffic
from tests.answers import Request, answering
from tests.repository import Repository
from tests.shared import promtool

SELDON = "seldon_api_executor_server_requests_seconds"
ISTIO = "istio_request_duration_milliseconds"
REST: tuple[str, dict[str, str], str, int] = (
    SELDON,
    {
        "namespace": "nlp", "deployment_name": "sentiment", "predictor_name": "canary",
        "service": "predictions", "predictor_version": "8",
    },
    "code",
    1,
)  # fmt: skip
SIDECAR: tuple[str, dict[str, str], str, int] = (
    ISTIO,
    {
        "namespace": "nlp", "model": "sentiment", "version": "8", "reporter": "destination",
        "source_workload": "activator",
    },
    "response_code",
    1000,
)  # fmt: skip
OTHERS = {
    "seldon": ({"predictor_version": "7"}, {"service": "feedback"}, {"deployment_name": "spam"}),
    "kserve": ({"version": "7"}, {"source_workload": "autoscaler"}, {"model": "spam"}),
}


def asked(measured: Requests, answers: list[float]) -> tuple[list[str], Traffic]:
    """What is asked of a version, in order, and what is made of the answers."""
    questions: list[str] = []

    def ask(query: str) -> float:
        questions.append(query)
        return answers[len(questions) - 1]

    return questions, traffic(ask, measured, "nlp", "sentiment", "canary", 8, "30m")


@pytest.mark.parametrize("engine", ["seldon", "kserve"])
def test_the_questions_are_about_this_version_and_its_predictions(
    engine: str, tmp_path: Path
) -> None:
    """100 requests a minute, of which 2 fail; 90 of the good ones take up to 0.25 s and 8 up to
    0.5 s. Another version, what is no prediction and another model have numbers that would show.
    """
    metric, labels, code, unit = REST if engine == "seldon" else SIDECAR

    def series(suffix: str, **more: str) -> str:
        own = ", ".join(f'{key}="{value}"' for key, value in {**labels, **more}.items())
        return f"{metric}_{suffix}{{{own}}}"

    given = {
        series("count", **{code: "200"}): "0+98x60",
        series("count", **{code: "500"}): "0+2x60",
        series("bucket", **{code: "200"}, le=f"{0.25 * unit:g}"): "0+90x60",
        series("bucket", **{code: "200"}, le=f"{0.5 * unit:g}"): "0+98x60",
        series("bucket", **{code: "200"}, le="+Inf"): "0+98x60",
        **{series("count", **{code: "500"}, **other): "0+7x60" for other in OTHERS[engine]},
    }
    # 95 % of the 98 measured are 93.1, which is 3.1 of 8 into the bucket from 0.25 to 0.5.
    latency = 0.25 + 0.25 * 3.1 / 8
    answers = [3000, 60, latency * unit]
    questions, found = asked(requests(engine, "rest"), answers)
    assert found == pytest.approx(Traffic(3000, 0.02, latency))
    # promtool compares floats as they are, so it is asked for rounded ones.
    tests = [
        {
            "expr": f"round({query}, 0.000001)",
            "eval_time": "50m",
            "exp_samples": [{"labels": "{}", "value": round(value, 6)}],
        }
        for query, value in zip(questions, answers, strict=True)
    ]
    test = {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in given.items()],
        "promql_expr_test": tests,
    }
    file = tmp_path / "test.yaml"
    file.write_text(json.dumps({"tests": [test]}))
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
