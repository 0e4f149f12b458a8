"""The pipeline really runs: from a broker to a version in a registry that a model server answers with.

Kafka, MLflow, the object store and MLServer are real; the steps run as processes instead of pods
(tests/sentiment/run.py), by an interpreter that has what their image has.
"""

from __future__ import annotations

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from mlflow import MlflowClient
from sentiment.choose import choose
from sentiment.generated import BEST, ONE_WORD, comments
from sentiment.notify import notify
from sentiment.register import register
from sentiment.settings import Settings
from sentiment.tracking import TrackingError, experiment_id

from synth.clients.mlflow import Registry as Client
from synth.edit.artifacts import object_store_uri
from tests.interpreters import TRAINING, python
from tests.kafka import Broker
from tests.mlflow_server import BUCKET, Registry
from tests.model_server import answer, model_server
from tests.repository import ROOT

pytestmark = pytest.mark.pipeline
SOURCE = ROOT / "pipelines/sentiment"
TOPIC, MODEL, COMMIT = "comments", "sentiment", "5" * 40
SETTINGS = [{"words": 1, "strength": 10.0}, {"words": 2, "strength": 10.0}]
NEAR = 0.03
"""So far from what is known of all comments some hundred of them may be."""


@dataclass(frozen=True)
class Ran:
    """A run of the pipeline: whether it succeeded, and the files that its steps have made."""

    succeeded: bool
    folder: Path
    said: str

    def file(self, task: str, name: str) -> Path:
        [found] = self.folder.glob(f"**/{task}/{name}")
        return found

    def output(self, task: str) -> dict[str, Any]:
        """What a step has said of what it made."""
        found: dict[str, Any] = json.loads(self.file(task, "executor_output.json").read_text())
        return found

    def metadata(self, task: str, artifact: str) -> dict[str, Any]:
        [found] = self.output(task)["artifacts"][artifact]["artifacts"]
        known: dict[str, Any] = found["metadata"]
        return known

    @property
    def outcome(self) -> dict[str, Any]:
        """What people were told."""
        found: dict[str, Any] = json.loads(self.file("notify", "outcome").read_text())
        return found


class Runs:
    """Runs the pipeline with the broker and the registry."""

    def __init__(self, broker: Broker, registry: Registry, folder: Path) -> None:
        self._broker, self._registry, self._folder = broker, registry, folder
        self._count = 0

    def run(self, **arguments: Any) -> Ran:
        self._count += 1
        folder = self._folder / str(self._count)
        where = {"bootstrap_servers": self._broker.address, "tracking_uri": self._registry.address}
        said = {"topic": TOPIC, "settings": SETTINGS, **where, **arguments}
        # The steps reach artifacts through MLflow, as in the cluster: they have no credentials.
        env = {"PYTHONPATH": str(ROOT / "images/sentiment-training"), "SOURCE_COMMIT": COMMIT}
        done = subprocess.run(
            [python(TRAINING), Path(__file__).with_name("run.py"), SOURCE, folder, json.dumps(said)],
            env={**os.environ, **env}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return Ran(done.returncode == 0, folder, done.stdout + done.stderr)


@pytest.fixture(scope="module")
def runs(broker: Broker, registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    broker.create(TOPIC, 3)
    return Runs(broker, registry, tmp_path_factory.mktemp("runs"))


def send(broker: Broker, values: list[bytes]) -> None:
    broker.produce(TOPIC, [(str(n), each) for n, each in enumerate(values)])


@pytest.fixture(scope="module")
def good(runs: Runs, broker: Broker) -> Ran:
    """A run with four thousand comments, and one record that is none."""
    send(broker, [*comments(4000, 1), b"no JSON"])
    ran = runs.run()
    assert ran.succeeded, ran.said[-5000:]
    return ran


@pytest.fixture(scope="module")
def client(registry: Registry) -> MlflowClient:
    return MlflowClient(registry.address, registry.address)


def test_a_good_model_is_registered(good: Ran, registry: Registry, client: MlflowClient) -> None:
    accuracy = good.metadata("evaluate", "metrics")["accuracy"]
    print(f"accuracy on held-out comments: {accuracy:.4f}; nobody can exceed {BEST:.4f}")
    assert accuracy >= BEST - NEAR
    origin = good.metadata("fetch", "comments")
    assert (origin["comments"], origin["unreadable"]) == (4000, 1)
    version = Client(registry.address).version(MODEL, 1)
    assert good.output("register")["parameterValues"] == {"Output": version.version}
    assert version.metrics["accuracy"] == accuracy
    assert version.commit == COMMIT
    assert version.data == origin["sha256"][:36]
    assert version.mlflow == "3.17.2"
    run = client.get_run(version.run)
    assert run.data.tags["data.offsets"] == origin["offsets"]
    assert good.outcome == {
        "model": MODEL,
        "state": "registered",
        "text": "sentiment: registered: version 1 of sentiment",
        "kubeflow_run": run.data.tags["kubeflow.run_id"],
        "mlflow_run": version.run,
        "accuracy": accuracy,
    }
    assert good.metadata("choose", "model")["mlflow_run"] == version.run
    tags = client.get_model_version(MODEL, "1").tags
    assert tags["kubeflow.run_id"] == good.outcome["kubeflow_run"]
    assert tags["data.sha256"] == origin["sha256"]


def test_the_best_of_the_settings_is_chosen(good: Ran, client: MlflowClient) -> None:
    experiment = client.get_experiment_by_name("sentiment")
    assert experiment
    known = {"kubeflow.run_id": good.outcome["kubeflow_run"]}
    trained = [
        each
        for each in client.search_runs([experiment.experiment_id])
        if known.items() <= each.data.tags.items()
    ]
    accuracies = {
        each.data.params["words"]: each.data.metrics["validation_accuracy"] for each in trained
    }
    # Single words say nothing of what is negated.
    assert accuracies["1"] == pytest.approx(ONE_WORD, abs=2 * NEAR)
    assert accuracies["2"] >= BEST - NEAR
    assert good.metadata("choose", "model")["words"] == "2"


def test_offsets_are_committed_and_give_the_same_bytes(
    good: Ran, runs: Runs, broker: Broker
) -> None:
    origin = good.metadata("fetch", "comments")
    spans = json.loads(origin["offsets"])
    assert broker.committed(TOPIC, "sentiment-training") == {
        int(each): end for each, (_, end) in spans.items()
    }
    nothing_new = runs.run()
    assert not nothing_new.succeeded
    assert "0 comments have a label, and 500 are needed" in nothing_new.said
    again = runs.run(offsets=origin["offsets"], least_comments=100_000)
    assert not again.succeeded
    assert "4000 comments have a label, and 100000 are needed" in again.said
    assert (
        again.file("fetch", "comments").read_bytes() == good.file("fetch", "comments").read_bytes()
    )


def test_the_model_server_answers_with_it(good: Ran, registry: Registry, tmp_path: Path) -> None:
    assert good.succeeded
    location = Client(registry.address).version(MODEL, 1).location
    model = tmp_path / "mnt-models"
    registry.fetch(object_store_uri(location, f"s3://{BUCKET}"), model)
    said = ["the app is great and the screen is fast", "the app is not great", "the price is awful"]
    with model_server("classifier", model, tmp_path) as address:
        assert answer(address, said) == ["positive", "negative", "negative"]


def test_a_step_that_is_tried_again_makes_no_second_version(
    good: Ran, client: MlflowClient
) -> None:
    assert register(client, run=good.outcome["mlflow_run"], name=MODEL) == 1
    assert len(client.search_model_versions(f"name='{MODEL}'")) == 1


def test_trainings_that_begin_side_by_side_share_an_experiment(client: MlflowClient) -> None:
    for number in range(10):
        with ThreadPoolExecutor(4) as threads:
            found = list(
                threads.map(lambda name: experiment_id(client, name), [f"new-{number}"] * 4)
            )
        made = client.get_experiment_by_name(f"new-{number}")
        assert made
        assert set(found) == {made.experiment_id}


def test_a_training_that_is_missing_is_not_passed_over(
    good: Ran, client: MlflowClient, tmp_path: Path
) -> None:
    kubeflow = good.outcome["kubeflow_run"]
    wanted = [Settings.parsed(each) for each in SETTINGS]
    with pytest.raises(TrackingError) as error:
        choose(
            client, experiment=MODEL, settings=[*wanted, Settings(3, 1.0)], kubeflow=kubeflow,
            model=tmp_path,
        )  # fmt: skip
    assert str(error.value) == (
        f"experiment {MODEL} has no training of run {kubeflow} with Settings(words=3, strength=1.0)"
    )


def test_people_are_told_of_a_run_that_ended_early(client: MlflowClient) -> None:
    told = notify(client, experiment=MODEL, model=MODEL, kubeflow="unknown", webhook="")
    assert told.state == "failed"
    assert told.text == "sentiment: failed: it ended before a model was chosen"


def test_a_model_of_shuffled_labels_is_not_registered(
    good: Ran, runs: Runs, broker: Broker, client: MlflowClient
) -> None:
    assert good.succeeded
    known = [json.loads(each) for each in comments(1500, 2)]
    labels = [each["label"] for each in known]
    Random(1).shuffle(labels)
    send(broker, [json.dumps({**each, "label": label}).encode() for each, label in zip(known, labels, strict=True)])  # fmt: skip
    bad = runs.run()
    assert bad.succeeded, bad.said[-5000:]
    accuracy = bad.metadata("evaluate", "metrics")["accuracy"]
    assert accuracy == pytest.approx(0.5, abs=0.1)
    assert bad.outcome["state"] == "refused"
    assert f"its accuracy is {accuracy:.4f}, must be at least 0.85" in bad.outcome["text"]
    assert not list(bad.folder.glob("**/register"))
    assert len(client.search_model_versions(f"name='{MODEL}'")) == 1


def test_a_model_that_is_worse_than_the_one_before_is_not_registered(
    good: Ran, runs: Runs, broker: Broker, client: MlflowClient
) -> None:
    assert good.succeeded
    send(broker, list(comments(1500, 3)))
    worse = runs.run(settings=SETTINGS[:1], least_accuracy=0.5)
    assert worse.succeeded, worse.said[-5000:]
    said = worse.metadata("evaluate", "metrics")
    assert said["accuracy"] == pytest.approx(ONE_WORD, abs=2 * NEAR)
    assert said["accuracy_of_version_1"] >= BEST - 2 * NEAR
    assert worse.outcome["state"] == "refused"
    assert "and version 1 has " in worse.outcome["text"]
    assert len(client.search_model_versions(f"name='{MODEL}'")) == 1


def test_a_new_language_makes_an_old_model_worse_and_a_new_one_is_registered(
    good: Ran, runs: Runs, broker: Broker
) -> None:
    assert good.succeeded
    send(broker, list(comments(4000, 4, drifted=True)))
    new = runs.run(settings=SETTINGS[1:], least_accuracy=0.8)
    assert new.succeeded, new.said[-5000:]
    said = new.metadata("evaluate", "metrics")
    print(f"the old model {said['accuracy_of_version_1']:.4f}, the new one {said['accuracy']:.4f}")
    assert said["accuracy_of_version_1"] < BEST - 0.1
    assert said["accuracy"] > said["accuracy_of_version_1"]
    assert new.outcome["text"] == "sentiment: registered: version 2 of sentiment"
