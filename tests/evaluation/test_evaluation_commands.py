"""What the program reads, says and pushes; the Pushgateway here only remembers."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from evaluation import push
from evaluation.__main__ import main

from synth.catalog import metrics
from tests.evaluation.examples import NOW, feedback, prediction, written
from tests.repository import ROOT
from tests.servers import HOST

Pushed = dict[str, dict[str, float]]


@contextmanager
def gateway(status: int = 200) -> Iterator[tuple[str, Pushed]]:
    """An address, and what was put to each path below it: values by series."""
    pushed: Pushed = {}

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            series = (line.rpartition(" ") for line in body.splitlines() if line[0] != "#")
            pushed[self.path] = {name: float(value) for name, _, value in series}
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer((HOST, 0), Handler)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://{HOST}:{server.server_port}", pushed
    finally:
        server.shutdown()
        server.server_close()


def run(command: str, folder: Path, address: str, *more: str) -> int:
    own = {
        "accuracy": ["--feedback", str(folder / "feedback.jsonl")],
        "drift": ["--reference", str(folder / "training.jsonl")],
    }
    common = ["--model", "sentiment", "--namespace", "nlp", "--pushgateway", address]
    made = ["--predictions", str(folder / "predictions.jsonl")]
    return main([command, *common, *made, *own[command], *more], now=NOW)


def test_the_accuracy_of_each_version_is_pushed_with_how_many_were_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = [prediction(id) for id in range(8)]
    canary = [prediction(id, version="8") for id in (20, 21)]
    unjudged = prediction(30, version="9")
    elsewhere = prediction(40, "bad", model="topics")
    early = prediction(41, "bad", hours=24.01)
    written(tmp_path / "predictions.jsonl", [*made, *canary, unjudged, elsewhere, early, made[0]])
    told = [feedback(id, "good" if id < 6 else "bad") for id in range(8)]
    written(tmp_path / "feedback.jsonl", [*told, feedback(20), feedback(21, "bad"), feedback(40)])
    with gateway() as (address, pushed):
        assert run("accuracy", tmp_path, address) == 0
        first = dict(pushed)
        assert run("accuracy", tmp_path, address) == 0
        assert pushed == first
    at = "/metrics/job/model-accuracy/model/sentiment/namespace/nlp/version"
    assert pushed == {
        f"{at}/7": {"model_accuracy_ratio": 0.75, "model_judged_predictions": 8},
        f"{at}/8": {"model_accuracy_ratio": 0.5, "model_judged_predictions": 2},
    }
    assert capsys.readouterr().out.splitlines()[:3] == [
        "version 7: 8 predictions, 8 judged, 6 right (75.0%)",
        "version 8: 2 predictions, 2 judged, 1 right (50.0%)",
        "version 9: 1 predictions, 0 judged",
    ]


def test_the_window_says_what_counts(tmp_path: Path) -> None:
    hours = {1: 0.0, 2: 0.01, 3: 2.0, 4: 2.01}
    made = [prediction(id, hours=each) for id, each in hours.items()]
    written(tmp_path / "predictions.jsonl", made)
    written(tmp_path / "feedback.jsonl", [feedback(id) for id in hours])
    with gateway() as (address, pushed):
        assert run("accuracy", tmp_path, address, "--window", "2h") == 0
    [values] = pushed.values()
    assert values["model_judged_predictions"] == 2


def test_the_drift_of_the_input_is_pushed_with_how_much_was_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw = random.Random(1)

    def text(words: str) -> str:
        return " ".join(draw.choices(words.split(), k=draw.randint(1, 9)))

    training = [{"text": text("a b c d")} for _ in range(500)]
    written(tmp_path / "training.jsonl", training)
    alike = [prediction(id, input=text("a b c d")) for id in range(300)]
    written(tmp_path / "predictions.jsonl", [*alike, alike[0]])
    with gateway() as (address, pushed):
        assert run("drift", tmp_path, address) == 0
        [(path, before)] = pushed.items()
        other = [prediction(id, input=text("c d e f")) for id in range(300)]
        written(tmp_path / "predictions.jsonl", other)
        assert run("drift", tmp_path, address) == 0
    after = pushed[path]
    assert path == "/metrics/job/model-input-drift/model/sentiment/namespace/nlp"
    words = 'model_input_drift_psi{feature="words"}'
    assert (before[words] < 0.1, after[words] > 0.25) == (True, True)
    assert before["model_input_drift_inputs"] == after["model_input_drift_inputs"] == 300
    said = capsys.readouterr().out.splitlines()[0]
    assert re.fullmatch(
        r"300 inputs against 500 of the training data: length 0\.0\d\d, words 0\.0\d\d", said
    )


@pytest.mark.parametrize("command", ["accuracy", "drift"])
def test_where_nothing_was_predicted_nothing_is_pushed(
    tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path / "predictions.jsonl", [])
    written(tmp_path / "feedback.jsonl", [feedback(1)])
    written(tmp_path / "training.jsonl", [{"text": "a"}])
    with gateway() as (address, pushed):
        assert run(command, tmp_path, address) == 0
    assert pushed == {}
    assert capsys.readouterr().out == "nothing was predicted by sentiment in this time\n"


@pytest.mark.parametrize(
    ("predictions", "training", "status", "said"),
    [
        (["{", prediction(1)], [{"text": "a"}], 200, ["1 records could not be read"]),
        (
            ["{", "7"],
            [{"text": "a"}],
            200,
            ["2 records could not be read", "none of the records could be read"],
        ),
        (
            [prediction(1)],
            [{"comment": "a"}],
            200,
            ["1 records could not be read", "none of the records could be read"],
        ),
        ([prediction(1)], [], 200, ["{training} holds nothing to compare with"]),
        ([prediction(1)], [{"text": "a"}], 400, ["HTTP Error 400: Bad Request"]),
    ],
)
def test_what_cannot_be_read_or_pushed_is_said(
    tmp_path: Path,
    predictions: list[Any],
    training: list[Any],
    status: int,
    said: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    written(tmp_path / "predictions.jsonl", predictions)
    path = written(tmp_path / "training.jsonl", training)
    with gateway(status) as (address, _):
        code = run("drift", tmp_path, address)
    assert capsys.readouterr().err.splitlines() == [
        f"evaluation: {each.format(training=path)}" for each in said
    ]
    assert code == (0 if said == ["1 records could not be read"] else 1)


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("accuracy", tmp_path, "http://127.0.0.1:1") == 1
    path = tmp_path / "predictions.jsonl"
    assert capsys.readouterr().err == f"evaluation: {path}: No such file or directory\n"


@pytest.mark.parametrize("window", ["24", "1.5h", "h", "2w"])
def test_a_window_that_is_none(
    tmp_path: Path, window: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        run("accuracy", tmp_path, "http://127.0.0.1:1", "--window", window)
    assert caught.value.code == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.endswith(f"argument --window: {window!r} is not a time such as 90m, 24h or 7d")


def test_the_alerts_look_for_what_is_pushed() -> None:
    names = ("ACCURACY", "JUDGED", "ACCURACY_JOB", "DRIFT", "DRIFT_INPUTS", "DRIFT_JOB")
    for name in names:
        assert getattr(push, name) == getattr(metrics, name)


def test_the_image_has_what_the_tests_run_with() -> None:
    def pins(name: str) -> dict[str, str]:
        return dict(re.findall(r"^(\S+)==(\S+)", (ROOT / name).read_text(), flags=re.M))

    own, ours = pins("images/evaluation/requirements.txt"), pins("requirements/dev.txt")
    assert own == {name: ours[name] for name in ("confluent-kafka", "prometheus-client")}
