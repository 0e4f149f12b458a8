"""What single fields of a model become in its SeldonDeployment."""

from __future__ import annotations

import re
from typing import Any

import pytest

from synth.config.observability import Traces
from synth.kit.objects import Body
from tests.serving.seldon import STABLE, container, deployment, model, objects, predictor

SKLEARN = {"format": "sklearn"}


@pytest.mark.parametrize(
    ("format", "implementation", "protocol"),
    [
        ("mlflow", "MLFLOW_SERVER", "v2"),
        ("sklearn", "SKLEARN_SERVER", "v2"),
        ("xgboost", "XGBOOST_SERVER", "v2"),
        ("tensorflow", "TENSORFLOW_SERVER", "tensorflow"),
        ("onnx", "TRITON_SERVER", "v2"),
        ("pytorch", "TRITON_SERVER", "v2"),
        ("huggingface", "HUGGINGFACE_SERVER", "v2"),
    ],
)
def test_a_format_decides_about_server_and_protocol(
    format: str, implementation: str, protocol: str
) -> None:
    made = deployment(server={"format": format})["spec"]
    assert made["protocol"] == protocol
    assert made["predictors"][0]["graph"] == {
        "name": "classifier",
        "type": "MODEL",
        "implementation": implementation,
        "modelUri": "s3://models/7",
    }


def test_protocol_and_transport_are_those_that_are_given() -> None:
    made = deployment(server={**SKLEARN, "protocol": "seldon", "transport": "grpc"})["spec"]
    assert (made["protocol"], made["transport"]) == ("seldon", "grpc")


def test_the_variant_s_variables_count_before_the_model_s() -> None:
    secret = {"name": "hub", "key": "token"}
    made = container(
        env={"PLAIN": "model", "TO_SECRET": "model"},
        secretEnv={"TO_PLAIN": secret},
        variants=[
            {**STABLE, "env": {"TO_PLAIN": "variant"}, "secretEnv": {"TO_SECRET": secret}},
        ],
    )
    assert made["env"] == [
        {"name": "PLAIN", "value": "model"},
        {"name": "TO_SECRET", "valueFrom": {"secretKeyRef": secret}},
        {"name": "TO_PLAIN", "value": "variant"},
    ]


def test_a_variant_can_have_no_resources_where_the_model_has_some() -> None:
    model_wide = {"requests": {"cpu": "1"}}
    assert container(resources=model_wide)["resources"] == model_wide
    assert "resources" not in container(
        resources=model_wide, variants=[{**STABLE, "resources": {}}]
    )


def test_a_custom_server_is_told_its_parameters_and_where_its_files_are() -> None:
    server = {"format": "custom", "image": "nlp/server:1.0.0", "parameters": {"beams": 4}}
    assert predictor(server=server)["graph"] == {
        "name": "classifier",
        "type": "MODEL",
        "parameters": [
            {"name": "beams", "type": "INT", "value": "4"},
            {"name": "model_uri", "type": "STRING", "value": "s3://models/7"},
        ],
    }


def test_a_further_model_has_the_server_of_the_first_or_its_own() -> None:
    small: Body = {"limits": {"memory": "1Gi"}}
    usual: Body = {"limits": {"memory": "8Gi"}}
    further = {"name": "further", "artifact": "s3://models/3"}
    other = {"name": "other", "artifact": "s3://models/2", "image": "nlp/other:1.0.0"}
    made = predictor(
        server={**SKLEARN, "image": "nlp/server:1.0.0"},
        resources=usual,
        graph={
            "name": "own",
            "children": [{**further, "children": [{**other, "resources": small}]}],
        },
    )
    assert made["componentSpecs"][0]["spec"]["containers"] == [
        {"name": "own", "image": "m/nlp/server:1.0.0", "resources": usual},
        {"name": "further", "image": "m/nlp/server:1.0.0", "resources": usual},
        {"name": "other", "image": "m/nlp/other:1.0.0", "resources": small},
    ]


def test_pods_stand_where_the_model_wants_them() -> None:
    made = predictor(
        nodeSelector={"pool": "gpu"},
        tolerations=[
            {"key": "gpu", "operator": "Exists", "effect": "NoExecute", "toleration": "5m"}
        ],
        serviceAccount="models",
        resources={"limits": {"nvidia.com/gpu": "1"}},
    )
    spec = made["componentSpecs"][0]["spec"]
    assert {key: spec[key] for key in spec if key != "containers"} == {
        "serviceAccountName": "models",
        "nodeSelector": {"pool": "gpu"},
        "tolerations": [
            {
                "key": "gpu",
                "operator": "Exists",
                "effect": "NoExecute",
                "tolerationSeconds": 300,
            }
        ],
    }
    assert made["graph"]["serviceAccountName"] == "models"
    assert spec["containers"][0]["resources"] == {"limits": {"nvidia.com/gpu": "1"}}


@pytest.mark.parametrize(
    ("given", "kept_to"),
    [
        ({}, {"cpu": 70}),
        ({"cpu": "50%"}, {"cpu": 50}),
        ({"memory": "80%"}, {"memory": 80}),
        ({"cpu": "60%", "memory": "80%"}, {"cpu": 60, "memory": 80}),
    ],
)
def test_an_autoscaler_keeps_to_what_is_said_and_else_to_the_cpu(
    given: dict[str, str], kept_to: dict[str, int]
) -> None:
    made = predictor(autoscaling={"maxReplicas": 4, **given})
    [pods] = made["componentSpecs"]
    assert "replicas" not in made
    assert "kedaSpec" not in pods
    metrics = [metric["resource"] for metric in pods["hpaSpec"]["metricsv2"]]
    assert {each["name"]: each["target"]["averageUtilization"] for each in metrics} == kept_to


def test_keda_instead_of_an_autoscaler() -> None:
    trigger = {"type": "kafka", "metadata": {"topic": "comments", "lagThreshold": "50"}}
    made = predictor(
        autoscaling={
            "minReplicas": 2,
            "maxReplicas": 8,
            "keda": {
                "triggers": [{**trigger, "authentication": "kafka"}, trigger],
                "pollingInterval": "10s",
                "cooldown": "2m",
            },
        }
    )
    [pods] = made["componentSpecs"]
    assert pods["kedaSpec"] == {
        "pollingInterval": 10,
        "cooldownPeriod": 120,
        "minReplicaCount": 2,
        "maxReplicaCount": 8,
        "triggers": [{**trigger, "authenticationRef": {"name": "kafka"}}, trigger],
    }
    assert "hpaSpec" not in pods


def budgets(**fields: Any) -> dict[str, Any]:
    return {
        name: body["spec"]["maxUnavailable"]
        for (kind, name), body in objects(model(**fields)).items()
        if kind == "PodDisruptionBudget"
    }


def test_only_pods_that_others_can_stand_in_for_are_kept() -> None:
    variants = [
        {**STABLE, "traffic": 90, "replicas": 2},
        {**STABLE, "name": "canary", "traffic": 10},
    ]
    assert budgets(disruptionBudget={}) == {}
    assert budgets(variants=variants) == {}
    assert budgets(disruptionBudget={}, variants=variants) == {"sentiment-stable": 1}
    assert budgets(disruptionBudget={"maxUnavailable": "25 %"}, replicas=4) == {
        "sentiment-stable": "25%"
    }
    assert budgets(disruptionBudget={}, autoscaling={"maxReplicas": 2}) == {"sentiment-stable": 1}


def test_the_operator_s_own_budget_is_never_asked_for() -> None:
    made = deployment(disruptionBudget={}, autoscaling={"maxReplicas": 2})
    assert "pdbSpec" not in str(made)


def test_what_the_executor_gets_and_where_its_traces_go() -> None:
    traces = Traces("traces.monitoring", 6831, "0.5%")
    resources = {"requests": {"cpu": "100m", "memory": "128Mi"}}
    made = predictor(orchestrator=resources, traces=traces)
    assert made["svcOrchSpec"] == {
        "resources": resources,
        "env": [
            {"name": "TRACING", "value": "1"},
            {"name": "JAEGER_AGENT_HOST", "value": "traces.monitoring"},
            {"name": "JAEGER_AGENT_PORT", "value": "6831"},
            {"name": "JAEGER_SAMPLER_TYPE", "value": "probabilistic"},
            {"name": "JAEGER_SAMPLER_PARAM", "value": "0.005"},
        ],
    }
    assert "svcOrchSpec" not in predictor()


PROVENANCE: Body = {
    "registeredModel": "Sentiment (EU)",
    "run": "4f9a",
    "commit": "0c1d",
    "data": "sha256:9e",
    "created": "2026-11-25T08:00:00+00:00",
    "mlflow": "2.22.0",
    "metrics": {"accuracy": 0.913, "f1/macro": 0.9, "f1 macro": 0.8, "loss": 2.0},
}


def test_pods_carry_where_their_version_came_from() -> None:
    made = predictor(variants=[{**STABLE, "provenance": PROVENANCE}])["annotations"]
    slash, space = (name for name in made if name.startswith("kfsynth/metric-f1_macro-"))
    assert made == {
        "version": "7",
        "kfsynth/artifact": "s3://models/7",
        "kfsynth/version": "7",
        "kfsynth/registered-model": "Sentiment (EU)",
        "kfsynth/run": "4f9a",
        "kfsynth/commit": "0c1d",
        "kfsynth/data": "sha256:9e",
        "kfsynth/created": "2026-11-25T08:00:00+00:00",
        "kfsynth/metric-accuracy": "0.913",
        slash: "0.9",
        space: "0.8",
        "kfsynth/metric-loss": "2.0",
    }


def test_the_further_models_of_a_graph_say_where_they_came_from() -> None:
    second = {"name": "second", "artifact": "s3://models/2", "version": 2}
    graph = {
        "name": "ab", "type": "router", "builtin": "RANDOM_ABTEST",
        "children": [{"name": "own"}, {**second, "provenance": PROVENANCE}],
    }  # fmt: skip
    made = predictor(graph=graph)["annotations"]
    assert made["kfsynth/artifact"] == "s3://models/7"
    assert {name: made[f"kfsynth/second.{name}"] for name in ("version", "artifact", "run")} == {
        "version": "2",
        "artifact": "s3://models/2",
        "run": "4f9a",
    }


@pytest.mark.parametrize("metric", ["m" * 100, "m" * 50 + "é" * 50, "é", "a b", "_", "-a-", "a."])
def test_whatever_a_metric_is_called_it_has_an_annotation(metric: str) -> None:
    provenance = {**PROVENANCE, "metrics": {metric: 1.0}}
    made = predictor(variants=[{**STABLE, "provenance": provenance}])["annotations"]
    [key] = [name for name, value in made.items() if value == "1.0"]
    name = key.removeprefix("kfsynth/")
    assert re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])", name)
