"""What `observability:` and a model's `objectives:` may say, and what they are told otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth.config.load import Loaded, load
from synth.config.objectives import Latency, Objectives
from synth.rules.observability import check_observability
from tests.config import written

START = """\
name: dev
cluster: {server: https://kubernetes.default.svc, kubernetes: "1.26"}
gitops: {repoURL: https://git.example.com/ml/platform.git}
teams: [{name: nlp, owner: nlp-lead@example.com}]
models:
  - name: sentiment
    team: nlp
    variants: [{name: stable, version: 7, artifact: "s3://models/7", traffic: 100}]
"""
PROMISE = "    objectives: {latency: {p95: 500ms}, errors: 1%}\n"


def loaded(folder: Path, text: str) -> Loaded:
    return written.loaded(folder, START + text)


def mistakes(folder: Path, text: str) -> list[str]:
    return written.mistakes(folder, START + text)


def test_every_mistake_is_told_in_one_go(tmp_path: Path) -> None:
    text = """\
observability:
  prometheus: {namespace: Monitoring, labels: {"my release": a, release: "-", team: 7}}
  grafana: {instanceSelector: {}, datasourceUid: my prometheus}
  severity: fatal
"""
    assert mistakes(tmp_path, text) == [
        "environments/dev.yaml:10:16: observability.prometheus.namespace: 'Monitoring' is not a Kubernetes name: lower-case letters, digits and '-', a letter or digit at both ends, at most 63 characters",
        "environments/dev.yaml:10:48: observability.prometheus.labels.my release: 'my release' is not a label's key such as release or example.com/team",
        "environments/dev.yaml:10:65: observability.prometheus.labels.release: '-' is not a label's value: letters, digits, '-', '_' and '.', a letter or digit at both ends, at most 63 characters",
        "environments/dev.yaml:10:79: observability.prometheus.labels.team: must be a string, not the number 7 (a string needs quotes)",
        "environments/dev.yaml:11:13: observability.grafana.instanceSelector: is empty, must have one label at least",
        "environments/dev.yaml:11:35: observability.grafana.datasourceUid: 'my prometheus' is not a uid of Grafana: letters, digits, '-' and '_', at most 40 characters",
        "environments/dev.yaml:12:3: observability.severity: must be 'critical', 'warning' or 'info', not 'fatal'",
    ]


@pytest.mark.parametrize(
    ("objectives", "said"),
    [
        (
            "{latency: {p95: 10000ms}}",
            "28: models.sentiment.objectives.latency.p95: 10000ms is no edge of Seldon's latency histogram: take one of 5ms, 10ms, 25ms, 50ms, 75ms, 100ms, 250ms, 500ms, 750ms, 1000ms, 2500ms, 5000ms, 7500ms",
        ),
        (
            "{latency: {}}",
            "18: models.sentiment.objectives.latency: promises nothing: write p50, p90, p95 or p99, or take it out",
        ),
        (
            "{latency: {p50: 1s, p99: 500ms}}",
            "18: models.sentiment.objectives.latency: p50 1s is above p99 500ms",
        ),
        (
            "{availability: 94.9%}",
            "18: models.sentiment.objectives.availability: 94.9% must be from 95% to below 100%",
        ),
        (
            "{availability: 100%}",
            "18: models.sentiment.objectives.availability: 100% must be from 95% to below 100%",
        ),
        (
            "{errors: 100%}",
            "18: models.sentiment.objectives.errors: 100% is never exceeded: must be below 100%",
        ),
        (
            "{accuracyDrop: 100%}",
            "18: models.sentiment.objectives.accuracyDrop: 100% is never exceeded: must be below 100%",
        ),
        (
            "{inputDrift: 0}",
            "18: models.sentiment.objectives.inputDrift: input should be greater than 0",
        ),
        (
            "{latency: null}",
            "5: models.sentiment.objectives: promises nothing: write latency, errors, availability, accuracyDrop or inputDrift, or take it out",
        ),
    ],
)
def test_an_objective_that_could_never_be_missed(
    tmp_path: Path, objectives: str, said: str
) -> None:
    text = f"    objectives: {objectives}\nobservability: {{}}\n"
    assert mistakes(tmp_path, text) == [f"environments/dev.yaml:9:{said}"]


def test_the_namespace_of_prometheus_is_written_here_only(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "addons: {monitoringNamespace: monitoring}\n") == [
        "environments/dev.yaml:9:10: addons: unknown key 'monitoringNamespace' (known: argoEvents, argoWorkflows, certManager, eck, externalSecrets, grafanaOperator, keda, knativeKafka, kubePrometheusStack, openTelemetry, sealedSecrets, seldon, strimzi)"
    ]


@pytest.mark.parametrize("text", ["", PROMISE + "observability: {}\n"])
def test_nothing_is_said_where_nothing_is_promised_or_someone_watches(
    tmp_path: Path, text: str
) -> None:
    assert list(check_observability(loaded(tmp_path, text).environment)) == []


def test_an_accuracy_that_is_known_is_watched(tmp_path: Path) -> None:
    text = """\
    objectives: {accuracyDrop: 5%}
    variants:
      - name: stable
        version: 7
        artifact: s3://models/7
        traffic: 100
        provenance: {registeredModel: sentiment, run: r, metrics: {accuracy: 0.9}}
observability: {}
"""
    (tmp_path / "environments").mkdir()
    head = "".join(line for line in START.splitlines(keepends=True) if "variants" not in line)
    (tmp_path / "environments/dev.yaml").write_text(head + text)
    environment = load(tmp_path / "environments", {})["dev"].environment
    assert list(check_observability(environment)) == []


EDGES = {
    "seldon": "Seldon's latency histogram: take one of 5ms, 10ms, 25ms, 50ms, 75ms, 100ms, 250ms, "
    "500ms, 750ms, 1000ms, 2500ms, 5000ms, 7500ms",
    "kserve": "Istio's latency histogram: take one of 1ms, 5ms, 10ms, 25ms, 50ms, 100ms, 250ms, "
    "500ms, 1000ms, 2500ms, 5000ms, 10000ms, 30000ms, 60000ms, 300000ms, 600000ms, 1800000ms",
}


@pytest.mark.parametrize("engine", EDGES)
def test_a_latency_is_an_edge_of_what_measures_the_model(tmp_path: Path, engine: str) -> None:
    text = f"    engine: {engine}\n    objectives: {{latency: {{p90: 300ms, p95: 400ms}}}}\n"
    where = "models.sentiment.objectives.latency"
    assert mistakes(tmp_path, text) == [
        f"environments/dev.yaml:10:28: {where}.p90: 300ms is no edge of {EDGES[engine]}",
        f"environments/dev.yaml:10:40: {where}.p95: 400ms is no edge of {EDGES[engine]}",
    ]


def test_each_engine_has_edges_of_its_own(tmp_path: Path) -> None:
    slow = "    engine: kserve\n    objectives: {latency: {p99: 10s}}\nobservability: {}\n"
    [model] = loaded(tmp_path, slow).environment.models
    assert model.objectives == Objectives(latency=Latency(p99="10s"))


def promised(folder: Path, text: str) -> Objectives | None:
    """What the model promises."""
    [model] = loaded(folder, f"{text}observability: {{}}\n").environment.models
    return model.objectives


def test_a_model_that_promises_nothing_promises_what_the_policy_says(tmp_path: Path) -> None:
    text = "policy: {objectives: default, defaultObjectives: {errors: 2%}}\n"
    assert promised(tmp_path / "own", text) == Objectives(errors="2%")
    sensible = Objectives(latency=Latency(p95="500ms"), errors="1%", availability="99.5%")
    assert promised(tmp_path / "sensible", "policy: {objectives: default}\n") == sensible
    own = "    objectives: {inputDrift: 0.2}\npolicy: {objectives: default}\n"
    assert promised(tmp_path / "model", own) == Objectives(input_drift=0.2)
    assert promised(tmp_path / "optional", "") is None


def test_default_objectives_are_held_to_what_measures_the_model(tmp_path: Path) -> None:
    text = """\
    engine: kserve
policy: {objectives: default, defaultObjectives: {latency: {p95: 750ms}}}
"""
    assert mistakes(tmp_path, text) == [
        "environments/dev.yaml:6:5: models.sentiment: 750ms is no edge of " + EDGES["kserve"]
    ]
