"""From a registered version to a canary in production and back, each step a commit.

MLflow, the object store and MLServer are real; what a pod's storage initializer and the operator do
is done here, with what the rendered object says.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import ryaml

from tests.git import GitRepository
from tests.mlflow_server import Registry
from tests.model_server import answer, model_server
from tests.promotion.conftest import train
from tests.repository import Repository

pytestmark = pytest.mark.promotion

IMAGE = "registry.example.com/nlp/sentiment-server:1.4.0"
"""What images/model-server becomes; its requirements are installed in its place."""
OBJECT = "models/nlp/seldondeployment.machinelearning.seldon.io-sentiment.yaml"
ALERTS = (
    "observability/nlp/grafanaalertrulegroup.grafana.integreatly.org-sentiment.yaml",
    "observability/nlp/prometheusrule.monitoring.coreos.com-sentiment.yaml",
)


class Team(Repository):
    """A repository of the example, whose every step is committed."""

    def __init__(self, folder: Path, registry: Registry) -> None:
        self._git = GitRepository(folder)
        super().__init__(folder, self._git.tree)
        self._env = registry.env
        self.commit("The example")

    def step(self, *arguments: str) -> list[str]:
        """A step of `synth model`, committed; the files in dist/ that it changed."""
        done = self.synth("model", *arguments, **self._env)
        assert done.returncode == 0, done.stderr
        self.commit(" ".join(arguments))
        return [name for name in self._git.changed() if name.startswith("dist/")]

    def commit(self, message: str) -> None:
        """Everything, built and in place."""
        self.build()
        assert self.synth("check").returncode == 0
        self._git.commit(message)

    def gate(self, *arguments: str) -> tuple[int, list[str]]:
        """The exit code of `synth model gate`, and the outcomes."""
        done = self.synth("model", "gate", *arguments, "-o", "json", **self._env)
        assert done.returncode in (0, 1), done.stderr
        return done.returncode, [each["outcome"] for each in json.loads(done.stdout)]

    def predictors(self, environment: str) -> dict[str, Any]:
        """The predictors that Argo CD would apply, by name."""
        body = ryaml.loads((self.root / "dist" / environment / OBJECT).read_text())
        return {each["name"]: each for each in body["spec"]["predictors"]}

    def shares(self, environment: str) -> dict[str, tuple[str, int]]:
        """Version and traffic of each predictor."""
        return {
            name: (each["annotations"]["version"], each["traffic"])
            for name, each in self.predictors(environment).items()
        }


@pytest.fixture(scope="module")
def trained(registry: Registry) -> tuple[int, int, int]:
    """Three versions; the last is worse than chance."""
    return train(registry, 0.90), train(registry, 0.92), train(registry, 0.40)


def test_every_step_is_a_commit_that_touches_that_model_alone(
    registry: Registry, trained: tuple[int, int, int], tmp_path: Path
) -> None:
    first, second, third = map(str, trained)
    team = Team(tmp_path, registry)
    for environment in ("dev", "staging", "prod"):
        if environment != "dev":
            team.step("rollback", "sentiment", "--env", environment)
        team.step("bump", "sentiment", "--env", environment, "--version", first)

    def of_the_model(changed: list[str], environment: str, *, alerts: bool) -> bool:
        """Whether these are its object and, with another version, the alerts on its accuracy."""
        its = {f"dist/{environment}/{OBJECT}"}
        return set(changed) == its | {f"dist/{environment}/{each}" for each in ALERTS if alerts}

    bumped = team.step("bump", "sentiment", "--env", "dev", "--version", second)
    assert of_the_model(bumped, "dev", alerts=True)
    promoted = team.step("promote", "sentiment", "--from", "dev", "--to", "staging")
    assert of_the_model(promoted, "staging", alerts=True)
    canary = team.step(
        "promote", "sentiment", "--from", "staging", "--to", "prod", "--canary", "10"
    )
    assert of_the_model(canary, "prod", alerts=True)
    assert team.shares("prod") == {"stable": (first, 90), "canary": (second, 10)}
    assert team.gate("sentiment", "--env", "prod") == (0, ["passed"])
    assert team.gate("sentiment", "--env", "prod", "--version", third) == (1, ["worse"])
    for share in ("25", "50"):
        moved = team.step("canary", "sentiment", "--env", "prod", "--traffic", share)
        assert of_the_model(moved, "prod", alerts=False)
    assert team.shares("prod") == {"stable": (first, 50), "canary": (second, 50)}
    team.step("canary", "sentiment", "--env", "prod", "--traffic", "100")
    assert team.shares("prod") == {"stable": (second, 100)}
    back = team.step("rollback", "sentiment", "--env", "prod")
    assert of_the_model(back, "prod", alerts=True)
    assert team.shares("prod") == {"stable": (first, 100)}


def test_the_artifact_that_the_object_points_to_answers(
    registry: Registry, trained: tuple[int, int, int], tmp_path: Path
) -> None:
    team = Team(tmp_path, registry)
    team.step("bump", "sentiment", "--env", "dev", "--version", str(trained[0]))
    predictor = team.predictors("dev")["stable"]
    [container] = predictor["componentSpecs"][0]["spec"]["containers"]
    assert container["image"] == IMAGE
    model = tmp_path / "mnt-models"
    registry.fetch(predictor["graph"]["modelUri"], model)
    with model_server(predictor["graph"]["name"], model, tmp_path) as address:
        assert answer(address, ["very good", "awful"]) == ["positive", "negative"]
