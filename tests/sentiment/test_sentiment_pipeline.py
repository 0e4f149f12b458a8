"""What the pipeline compiles to: everything that running it here cannot show."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import ryaml
import yaml

from synth.catalog.kubeflow import load_release
from tests.repository import ROOT, Repository
from tests.test_docs import blocks

IMAGE = ROOT / "images/sentiment-training"
BODY = "train-and-register"
"""What the exit handler follows."""


@pytest.fixture(scope="module")
def compiled() -> dict[str, Any]:
    """The pipeline, which needs no document about the platform."""
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("compile.py"), ROOT / "pipelines/sentiment"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    [spec] = json.loads(done.stdout)
    assert isinstance(spec, dict)
    return spec


@pytest.fixture(scope="module")
def tasks(compiled: dict[str, Any]) -> dict[str, Any]:
    """Every task, by the name of what it runs."""
    dags = [compiled["root"], *compiled["components"].values()]
    return {
        task["taskInfo"]["name"]: task
        for dag in dags
        for task in dag.get("dag", {}).get("tasks", {}).values()
    }


@pytest.fixture(scope="module")
def containers(compiled: dict[str, Any]) -> dict[str, Any]:
    executors = compiled["deploymentSpec"]["executors"]
    return {name.removeprefix("exec-"): each["container"] for name, each in executors.items()}


STEPS = {"fetch", "commit", "preprocess", "train", "choose", "evaluate", "register", "notify"}


def test_every_step_runs_the_image_and_installs_nothing(containers: dict[str, Any]) -> None:
    assert set(containers) == STEPS
    [image] = {each["image"].partition("@")[0] for each in containers.values()}
    assert re.fullmatch(r"registry\.example\.com/nlp/sentiment-training:\d+\.\d+\.\d+", image)
    assert f"as {image}," in (IMAGE / "Containerfile").read_text()
    assert not [each for each in containers.values() if "pip install" in str(each["command"])]


def test_the_outcome_is_told_however_the_rest_ends(
    compiled: dict[str, Any], tasks: dict[str, Any]
) -> None:
    assert set(compiled["root"]["dag"]["tasks"]) == {"notify", "exit-handler-1"}
    told = tasks["notify"]
    assert told["triggerPolicy"] == {"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"}
    assert told["dependentTasks"] == ["exit-handler-1"]
    assert tasks[BODY]["componentRef"]["name"] == "comp-exit-handler-1"
    # The backend of Kubeflow 1.8 refuses a pipeline that asks for it.
    assert "taskFinalStatus" not in json.dumps(compiled)


def test_trainings_run_side_by_side_and_the_next_step_waits_for_all(
    compiled: dict[str, Any], tasks: dict[str, Any]
) -> None:
    [loop] = compiled["components"]["comp-sweep"]["dag"]["tasks"].values()
    assert loop["parameterIterator"]["items"] == {"inputParameter": "pipelinechannel--settings"}
    assert loop["iteratorPolicy"] == {"parallelismLimit": 2}
    assert tasks["choose"]["dependentTasks"] == ["sweep"]
    # The backend of Kubeflow 1.8 can neither wait for a loop nor collect what it has made.
    assert "outputDefinitions" not in compiled["components"]["comp-sweep"]


def test_only_a_good_model_is_registered(tasks: dict[str, Any]) -> None:
    condition = tasks["good-enough"]["triggerPolicy"]["condition"]
    assert condition == "inputs.parameter_values['pipelinechannel--evaluate-Output'] == true"
    assert "register" in tasks


def test_offsets_are_committed_after_the_file_is_stored(tasks: dict[str, Any]) -> None:
    assert set(tasks["commit"]["dependentTasks"]) == {"fetch", "preprocess"}
    artifacts = tasks["commit"]["inputs"]["artifacts"]
    assert artifacts["comments"]["taskOutputArtifact"]["producerTask"] == "fetch"


def test_only_what_leaves_nothing_elsewhere_is_taken_from_the_cache(tasks: dict[str, Any]) -> None:
    cached = {name for name in STEPS if tasks[name]["cachingOptions"].get("enableCache")}
    assert cached == {"preprocess"}


def test_every_step_is_tried_again_and_has_its_resources(
    tasks: dict[str, Any], containers: dict[str, Any]
) -> None:
    retries = {name: tasks[name]["retryPolicy"] for name in STEPS}
    assert retries.pop("train")["maxRetryCount"] == 1
    assert {each["maxRetryCount"] for each in retries.values()} == {3}
    for name, container in containers.items():
        said = container["resources"]
        assert said["cpuRequest"] <= said["cpuLimit"], name
        assert said["memoryRequest"] < said["memoryLimit"], name
    assert containers["train"]["resources"]["memoryLimit"] > 4


def test_what_is_handed_on_are_artifacts(compiled: dict[str, Any]) -> None:
    made = {
        name.removeprefix("comp-"): {
            key: each["artifactType"]["schemaTitle"]
            for key, each in component["outputDefinitions"].get("artifacts", {}).items()
        }
        for name, component in compiled["components"].items()
        if "outputDefinitions" in component
    }
    data = "system.Dataset"
    assert made == {
        "fetch": {"comments": data, "unreadable": data},
        "preprocess": {"training": data, "validation": data, "held_out": data},
        "train": {"metrics": "system.Metrics"},
        "choose": {"model": "system.Model"},
        "evaluate": {"metrics": "system.Metrics"},
        "register": {},
        "notify": {"outcome": "system.Artifact"},
    }


def test_parameters_have_types_and_defaults(compiled: dict[str, Any]) -> None:
    said = compiled["root"]["inputDefinitions"]["parameters"]
    kinds = {name: each["parameterType"] for name, each in said.items()}
    assert kinds == {
        "bootstrap_servers": "STRING",
        "topic": "STRING",
        "group": "STRING",
        "offsets": "STRING",
        "from_beginning": "BOOLEAN",
        "limit": "NUMBER_INTEGER",
        "least_comments": "NUMBER_INTEGER",
        "seed": "NUMBER_INTEGER",
        "settings": "LIST",
        "tracking_uri": "STRING",
        "experiment": "STRING",
        "name": "STRING",
        "least_accuracy": "NUMBER_DOUBLE",
        "largest_drop": "NUMBER_DOUBLE",
        "webhook": "STRING",
    }
    assert all("defaultValue" in each for each in said.values())
    assert len(said["settings"]["defaultValue"]) == 4


def test_the_model_is_made_with_what_it_is_served_with() -> None:
    def pins(image: str) -> dict[str, str]:
        locked = (ROOT / "images" / image / "requirements.txt").read_text()
        return dict(re.findall(r"^(\S+)==(\S+)", locked, flags=re.M))

    trained, served = pins("sentiment-training"), pins("model-server")
    for name in ("mlflow", "scikit-learn", "numpy", "scipy", "pandas", "cloudpickle"):
        assert trained[name] == served[name]


@pytest.mark.parametrize("release", ["1.8.1", "1.9.1", "1.10"])
def test_every_release_takes_it_as_the_page_shows_it(
    tmp_path: Path, compiled: dict[str, Any], release: str
) -> None:
    repository = Repository(tmp_path)
    for path in (repository.root / "environments").iterdir():
        path.unlink()
    shutil.rmtree(repository.root / "overlays")
    [(_, block)] = blocks("yaml", ("training.md",))
    kubernetes = load_release(release).kubernetes[-1]
    (repository.root / "environments/only.yaml").write_text(
        "name: only\n"
        f'cluster: {{server: "https://only.k8s.example.com", kubernetes: "{kubernetes}"}}\n'
        f'kubeflow: {{release: "{release}"}}\n'
        "gitops: {repoURL: https://git.example.com/ml/platform.git}\n"
        "secrets: {store: {name: platform}}\n"
        "teams: [{name: nlp, owner: nlp-lead@example.com}]\n" + block
    )
    done = repository.synth("build", "--stdout")
    assert done.returncode == 0, done.stderr
    [source] = [
        body["data"]["pipeline.yaml"]
        for body in ryaml.loads_all(done.stdout)
        if body and body["kind"] == "ConfigMap" and "pipeline.yaml" in body.get("data", {})
    ]
    written = yaml.safe_load(source)
    assert set(written["components"]) == set(compiled["components"])
    defaults = written["root"]["inputDefinitions"]["parameters"]
    assert defaults["least_accuracy"]["defaultValue"] == 0.9
    assert defaults["largest_drop"]["defaultValue"] == 0.02
