"""The story's production is the example's, but for what one machine has no room for, and for durations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from evaluation.__main__ import main as evaluate

from story.configuration import (
    COMPONENTS,
    ENVIRONMENTS,
    MODEL,
    RELEASE,
    TEAM,
    TRAINING_COMPONENTS,
    write,
)
from story.training import command
from synth.kit.objects import Body
from synth.render.documents import dump, load_all
from tests.git import GitRepository
from tests.observability.real_prometheus import SHORTER, shortened
from tests.repository import ROOT, Repository

EXAMPLE = ROOT / "dist/prod"
KINDS = (
    "AlertmanagerConfig",
    "EventSource",
    "PodMonitor",
    "PrometheusRule",
    "Sensor",
    "WorkflowTemplate",
)
"""What watches models, and what comes of it."""
MODEL_ALERTS = {"ModelAccuracyLow", "ModelErrorBudgetBurn", "ModelErrorsHigh", "ModelLatencyHigh"}
LEFT_OUT = {
    "argo-events",
    "eck",
    "grafana-operator",
    "kube-prometheus-stack",
    "logs",
    "opentelemetry",
    "tracing",
}
"""Applications of the example that the story has not, beside parts of Kubeflow."""
TRAINING = {"events", "pipelines", "streams", "workflows"}
"""Applications of what reads comments and trains, beside parts of Kubeflow."""
_LOGGING, _TRACING = "logger", "svcOrchSpec"
_RULES = sorted(ROOT.glob("dist/**/prometheusrule.*.yaml"))
_DURATION = r"(\d+)(ms|[smhd])"
_LITERALS = re.compile(
    rf"(?m)(?<=\[){_DURATION}(?=\])|(?<=\boffset ){_DURATION}\b"
    rf"|(?<=^    for: ){_DURATION}$|(?<=^  interval: ){_DURATION}$"
)
_TIME_IN_TEXT = re.compile(
    rf"(?<=\[){_DURATION}(?=\])|(?<=^--window=).*"
    # How often a workflow runs, as its alert says it.
    r"|(?<=^By its schedule, )[\d* ]+|(?<=^\) > )\d{4,}$",
    re.MULTILINE,
)
_MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_TIMES = {"for", "groupInterval", "groupWait", "interval", "repeatInterval"}


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """dist/prod of a new repository with the story's environments, and with the example's versions of
    the model; Kubeflow's parts are not rendered. The other environments are built beside it.
    """
    folder = tmp_path_factory.mktemp("story")
    tree = GitRepository(folder).tree
    done = Repository(folder, ROOT).synth(
        "init", str(tree), "--team", TEAM, "--owner", f"{TEAM}-lead@example.com",
        "--kubeflow", RELEASE,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    write(tree, {name: f"https://{name}.example.com" for name in ENVIRONMENTS})
    repository = Repository(folder, tree)
    repository.edit("environments/base.yaml", "source: hydrated", "source: reference")
    for name in ENVIRONMENTS:
        _give_versions(tree / f"environments/{name}.yaml")
    done = repository.synth("build")
    assert done.returncode == 0, done.stderr
    return tree / "dist/prod"


def _give_versions(path: Path) -> None:
    """What `synth model` does in the story."""
    own = yaml.safe_load(path.read_text())
    [model] = yaml.safe_load((ROOT / "environments/prod.yaml").read_text())["models"]
    [own_model] = own.setdefault("models", [{"name": MODEL}])
    own_model["variants"] = model["variants"]
    path.write_text(dump(own))


def objects(dist: Path, kind: str) -> dict[str, Body]:
    """The objects of a kind, by the path of their file; Kubeflow's are not ours."""
    return {
        str(path.relative_to(dist)): body
        for path in sorted(dist.rglob(f"{kind.lower()}.*.yaml"))
        if not path.relative_to(dist).parts[0].startswith("kubeflow-")
        for body in load_all(path.read_text())
    }


def timeless(value: Any) -> Any:
    """It without its durations."""
    if isinstance(value, Mapping):
        return {name: timeless(it) for name, it in value.items() if name not in _TIMES}
    if isinstance(value, list):
        return [timeless(each) for each in value]
    if isinstance(value, str):
        return _TIME_IN_TEXT.sub("", value)
    return value


def milliseconds(text: str, times: int) -> str:
    """A text of rules with every duration so many times as long, in milliseconds."""

    def longer(found: re.Match[str]) -> str:
        number, unit = filter(None, found.groups())
        return f"{int(number) * _MILLISECONDS[unit] * times}ms"

    return _LITERALS.sub(longer, text)


@pytest.mark.parametrize("kind", KINDS)
def test_objects_are_the_examples_but_for_durations(kind: str, story: Path) -> None:
    here, there = objects(story, kind), objects(EXAMPLE, kind)
    assert here
    assert timeless(here) == timeless(there)


def test_every_alert_on_a_model_is_in_the_story(story: Path) -> None:
    found = objects(story, "PrometheusRule")
    [group] = found[f"observability/{TEAM}/prometheusrule.monitoring.coreos.com-{MODEL}.yaml"][
        "spec"
    ]["groups"]
    alerts = {rule["alert"]: rule["labels"] for rule in group["rules"] if "alert" in rule}
    assert set(alerts) == MODEL_ALERTS
    assert {name for name, labels in alerts.items() if "retraining" in labels} == {
        "ModelAccuracyLow"
    }


def test_only_elasticsearch_charts_and_parts_of_kubeflow_are_left_out(story: Path) -> None:
    here, there = _applications(story), _applications(EXAMPLE)
    parts = {name for name in there if name.startswith("kubeflow-")}
    kept = {f"kubeflow-{name}" for name in (*COMPONENTS, *TRAINING_COMPONENTS)}
    assert kept < parts
    assert here == there - LEFT_OUT - (parts - kept)
    assert there >= LEFT_OUT


@pytest.mark.parametrize("environment", ["dev", "staging"])
def test_what_reads_comments_and_trains_is_in_production_alone(
    environment: str, story: Path
) -> None:
    more = TRAINING | {f"kubeflow-{name}" for name in TRAINING_COMPONENTS}
    there = _applications(story)
    assert more < there
    assert _applications(story.parent / environment) == there - more


def _applications(dist: Path) -> set[str]:
    found = objects(dist, "Application").values()
    return {body["metadata"]["name"].removeprefix(f"{dist.name}-") for body in found}


def test_the_model_is_the_examples_without_logging_and_tracing(story: Path) -> None:
    [here], [there] = (objects(dist, "SeldonDeployment").values() for dist in (story, EXAMPLE))
    for predictor in there["spec"]["predictors"]:
        predictor["graph"].pop(_LOGGING)
        predictor.pop(_TRACING)
    assert here == there


def test_the_evaluation_takes_the_words_of_its_workflow(story: Path, tmp_path: Path) -> None:
    templates = objects(story, "WorkflowTemplate")
    name = f"workflows/{TEAM}/workflowtemplate.argoproj.io-{MODEL}-evaluation.yaml"
    words = command(templates[name], "accuracy", {})
    (tmp_path / "nothing.jsonl").touch()
    given = [re.sub(r"kafka://.*", f"{tmp_path}/nothing.jsonl", word) for word in words]
    assert given[:3] == ["python", "-m", "evaluation"]
    assert evaluate(given[3:]) == 0


@pytest.mark.parametrize("path", _RULES, ids=lambda path: str(path.relative_to(ROOT / "dist")))
def test_the_storys_prometheus_changes_durations_only(path: Path) -> None:
    [rule] = load_all(path.read_text())
    before, after = dump(rule["spec"]), dump({"groups": shortened(rule)})
    assert before != after
    assert milliseconds(after, SHORTER) == milliseconds(before, 1)


@pytest.mark.parametrize("path", _RULES, ids=lambda path: str(path.relative_to(ROOT / "dist")))
def test_the_storys_prometheus_leaves_no_duration_as_it_was(path: Path) -> None:
    [rule] = load_all(path.read_text())
    for group in shortened(rule):
        for each in group["rules"]:
            query = re.sub(r'"[^"]*"', "", each["expr"])
            assert re.findall(r"\b\d+[smhdwy]\b", query) == []
