"""What `retraining:` and `events:` may say, and what they are told otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth.config.load import Loaded
from synth.rules.events import check_events
from tests.config import written

START = """\
name: dev
cluster: {server: https://kubernetes.default.svc, kubernetes: "1.26"}
gitops: {repoURL: https://git.example.com/ml/platform.git}
teams: [{name: nlp, owner: nlp@example.com}, {name: ads, owner: ads@example.com}]
models:
  - name: sentiment
    team: nlp
    variants: [{name: stable, version: 7, artifact: "s3://models/7", traffic: 100}]
"""
STEPS = "steps: [{name: train, image: 'train:1.0.0', command: [train]}]"
WORKFLOW = f"""\
workflows:
  - name: sentiment-training
    team: nlp
    schedule: "0 * * * *"
    mutex: training
    parameters: {{model: sentiment, reason: schedule}}
    {STEPS}
"""
RETRAINED = """\
    objectives: {accuracyDrop: 5%}
    retraining: {workflow: sentiment-training}
"""
SURROUNDED = "observability: {}\naddons: {argoEvents: {}}\n"
KEY = "models.sentiment.retraining"


def loaded(folder: Path, text: str) -> Loaded:
    return written.loaded(folder, START + text)


def mistakes(folder: Path, text: str) -> list[str]:
    return written.mistakes(folder, START + text)


def found(folder: Path, text: str) -> list[tuple[str, str, str]]:
    findings = list(check_events(loaded(folder, text).environment))
    assert all(each.severity == "error" for each in findings)
    return [(each.code, each.key, each.message) for each in findings]


def test_a_workflow_is_all_that_must_be_named(tmp_path: Path) -> None:
    whole = loaded(tmp_path, RETRAINED + WORKFLOW + SURROUNDED)
    assert list(check_events(whole.environment)) == []
    [model] = whole.environment.models
    assert model.retraining
    assert (model.retraining.at_most_every, model.retrained_on) == ("6h", ("accuracyDrop",))


def test_nothing_is_said_where_nothing_is_retrained(tmp_path: Path) -> None:
    assert found(tmp_path, 'events: {bus: {version: "1.0.0"}}\n') == []


def test_every_mistake_is_told_in_one_go(tmp_path: Path) -> None:
    text = """\
    retraining: {workflow: training, atMostEvery: 90s, when: [latency]}
events:
  token: {name: Token, key: ""}
  bus: {version: latest, replicas: 2, persistence: {size: much}}
"""
    assert mistakes(tmp_path, text) == [
        "environments/dev.yaml:9:18: models.sentiment.retraining.workflow: 'training' is not in workflows (there: none)",
        "environments/dev.yaml:9:38: models.sentiment.retraining.atMostEvery: 90s must be whole minutes, at least one",
        "environments/dev.yaml:9:63: models.sentiment.retraining.when[0]: must be 'accuracyDrop' or 'inputDrift', not 'latency'",
        "environments/dev.yaml:11:11: events.token.name: 'Token' is not a Kubernetes name: lower-case letters, digits and '-', a letter or digit at both ends, at most 63 characters",
        "environments/dev.yaml:11:24: events.token.key: string should have at least 1 character",
        "environments/dev.yaml:12:9: events.bus.version: 'latest' is no release of NATS such as 2.10.29; a name for the newest one would stand for another whenever Argo Events is upgraded",
        "environments/dev.yaml:12:26: events.bus.replicas: 2 servers have no majority: take 1, 3 or 5",
        "environments/dev.yaml:12:53: events.bus.persistence.size: 'much' is not a quantity such as 500m, 2 or 64Gi",
    ]


def test_a_way_that_is_not_there(tmp_path: Path) -> None:
    bus = 'events: {bus: {version: "2.11.0"}}\n'
    assert found(tmp_path, RETRAINED + WORKFLOW + bus) == [
        (
            "EV001",
            "events.bus.version",
            "Argo Events has no images for NATS 2.11.0 here: take 2.10.29 or 2.9.16",
        ),
        ("EV002", KEY, "there is no Argo Events here to start it: add addons.argoEvents"),
        ("EV003", KEY, "nobody sends alerts here: add observability.prometheus"),
    ]


@pytest.mark.parametrize("objectives", ["", "    objectives: {errors: 1%}\n"])
def test_alerts_that_never_come(tmp_path: Path, objectives: str) -> None:
    text = objectives + RETRAINED.partition("\n")[2] + WORKFLOW + SURROUNDED
    assert found(tmp_path, text) == [
        (
            "EV004",
            KEY,
            "nothing starts it: objectives has neither accuracyDrop nor inputDrift",
        )
    ]


def test_an_alert_that_never_comes(tmp_path: Path) -> None:
    when = "sentiment-training, when: [inputDrift, accuracyDrop]}"
    text = RETRAINED.replace("sentiment-training}", when) + WORKFLOW + SURROUNDED
    assert found(tmp_path, text) == [
        (
            "EV004",
            f"{KEY}.when",
            "the model does not promise inputDrift, whose alert is to start it: add it to "
            "objectives, or take it out here",
        )
    ]


@pytest.mark.parametrize(("there", "named"), [("{model: sentiment}", "model"), ("{}", "none")])
def test_a_parameter_that_the_workflow_does_not_have(
    tmp_path: Path, there: str, named: str
) -> None:
    workflow = WORKFLOW.replace("{model: sentiment, reason: schedule}", there)
    text = RETRAINED + workflow + SURROUNDED
    expected = [name for name in ("model", "reason") if name != named]
    assert found(tmp_path, text) == [
        (
            "EV006",
            f"{KEY}.parameters.{name}",
            f"sentiment-training has no parameter {name!r} (there: {named}): add it to "
            f"workflows.sentiment-training.parameters, or set {name} to null here",
        )
        for name in expected
    ]


def test_a_workflow_without_a_schedule_meets_none(tmp_path: Path) -> None:
    workflow = WORKFLOW.replace("    mutex: training\n", "").replace(
        '    schedule: "0 * * * *"\n', ""
    )
    whole = loaded(tmp_path, RETRAINED + workflow + SURROUNDED)
    assert list(check_events(whole.environment)) == []
