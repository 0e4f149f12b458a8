"""What a real Pushgateway shows of the figures is what the alerts look for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from synth.config.serving import Model
from synth.domains.observability.alerts import alerts
from tests.evaluation.examples import feedback, prediction, written
from tests.evaluation.test_evaluation_commands import run
from tests.events.examples import model
from tests.events.programs import program
from tests.servers import HOST, Server, free_ports, wait_for

pytestmark = pytest.mark.events


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    [port] = free_ports(1)
    command: list[str | Path] = [program("pushgateway"), f"--web.listen-address={HOST}:{port}"]
    server = Server("pushgateway", command, tmp_path, {})
    try:
        wait_for("the Pushgateway", lambda: server.listens(port))
        yield f"http://{HOST}:{port}"
    finally:
        server.stop()


def shown(address: str) -> list[tuple[str, dict[str, str], float]]:
    with urlopen(f"{address}/metrics", timeout=10) as response:
        text = response.read().decode()
    found = re.findall(r"^(\w+)\{(.*)\} (\S+)$", text, flags=re.M)
    return [
        (name, dict(re.findall(r'(\w+)="([^"]*)"', labels)), float(value))
        for name, labels, value in found
    ]


def selectors(of: Model) -> list[tuple[str, dict[str, str]]]:
    """What the alerts' queries select: metric and labels."""
    found = (re.findall(r"(\w+)\{([^}]*)\}", alert.query) for alert in alerts(of, "warning"))
    return [
        (metric, dict(re.findall(r'(\w+)="([^"]*)"', labels)))
        for each in found
        for metric, labels in each
    ]


def test_every_series_that_an_alert_looks_for_is_there(address: str, tmp_path: Path) -> None:
    written(tmp_path / "predictions.jsonl", [prediction(id) for id in range(4)])
    written(tmp_path / "feedback.jsonl", [feedback(0), feedback(1, "bad")])
    written(tmp_path / "training.jsonl", [{"text": "a fine day"}])
    assert run("accuracy", tmp_path, address) == 0
    assert run("drift", tmp_path, address) == 0
    series = shown(address)
    looked_for = selectors(model())
    assert len(looked_for) == 6
    for metric, labels in looked_for:
        matching = [
            value
            for name, there, value in series
            if name == metric and labels.items() <= there.items()
        ]
        assert matching, f"{metric}{labels}"
    assert [value for name, _, value in series if name == "model_accuracy_ratio"] == [0.5]
    assert [value for name, _, value in series if name == "model_judged_predictions"] == [2]


def test_a_second_push_takes_the_place_of_the_first(address: str, tmp_path: Path) -> None:
    written(tmp_path / "predictions.jsonl", [prediction(1)])
    for truth, ratio in (("good", 1), ("bad", 0)):
        written(tmp_path / "feedback.jsonl", [feedback(1, truth)])
        assert run("accuracy", tmp_path, address) == 0
        values = [value for name, _, value in shown(address) if name == "model_accuracy_ratio"]
        assert values == [ratio]
