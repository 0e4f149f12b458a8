"""Whole SeldonDeployments: a canary, an A/B test, a shadow, an ensemble, an explainer."""

from __future__ import annotations

from synth.kit.objects import Body
from tests.serving.seldon import STABLE, deployment, model, objects

IMAGE = "registry.example.com/nlp/server:1.4.0"


def test_a_canary() -> None:
    made = objects(
        model(
            server={"image": IMAGE},
            storageSecret="sentiment-artifacts",
            variants=[
                {**STABLE, "traffic": 90},
                {
                    **STABLE,
                    "name": "canary",
                    "version": 8,
                    "artifact": "s3://models/8",
                    "traffic": 10,
                },
            ],
            resources={"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"memory": "1Gi"}},
            autoscaling={"minReplicas": 2, "maxReplicas": 8},
            disruptionBudget={},
        ),
        host="models.example.com",
    )
    assert list(made.values()) == [
        {
            "apiVersion": "machinelearning.seldon.io/v1",
            "kind": "SeldonDeployment",
            "metadata": {
                "name": "sentiment",
                "namespace": "nlp",
                "annotations": {"seldon.io/istio-host": "models.example.com"},
            },
            "spec": {
                "protocol": "v2",
                "transport": "rest",
                "predictors": [scaled("stable", "7", 90), scaled("canary", "8", 10)],
            },
        },
        {
            "apiVersion": "security.istio.io/v1beta1",
            "kind": "AuthorizationPolicy",
            "metadata": {"name": "sentiment-gateway", "namespace": "nlp"},
            "spec": from_gateway({"seldon-deployment-id": "sentiment"}, ["8000", "5001"]),
        },
        budget("sentiment-stable"),
        budget("sentiment-canary"),
    ]


def scaled(name: str, version: str, traffic: int) -> Body:
    artifact = f"s3://models/{version}"
    target = {"type": "Utilization", "averageUtilization": 70}
    return {
        "name": name,
        "traffic": traffic,
        "annotations": {
            "version": version,
            "kfsynth/version": version,
            "kfsynth/artifact": artifact,
        },
        "graph": {
            "name": "classifier",
            "type": "MODEL",
            "implementation": "MLFLOW_SERVER",
            "modelUri": artifact,
            "envSecretRefName": "sentiment-artifacts",
        },
        "componentSpecs": [
            {
                "spec": {
                    "containers": [
                        {
                            "name": "classifier",
                            "image": f"m/{IMAGE}",
                            "resources": {
                                "requests": {"cpu": "500m", "memory": "1Gi"},
                                "limits": {"memory": "1Gi"},
                            },
                        }
                    ]
                },
                "hpaSpec": {
                    "minReplicas": 2,
                    "maxReplicas": 8,
                    "metricsv2": [
                        {"type": "Resource", "resource": {"name": "cpu", "target": target}}
                    ],
                },
            }
        ],
    }


def from_gateway(pods: dict[str, str], ports: list[str]) -> Body:
    gateway = "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account"
    operation = {"methods": ["GET", "POST"], "ports": ports, "notPaths": ["/prometheus"]}
    return {
        "action": "ALLOW",
        "selector": {"matchLabels": pods},
        "rules": [
            {"from": [{"source": {"principals": [gateway]}}], "to": [{"operation": operation}]}
        ],
    }


def budget(name: str) -> Body:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name, "namespace": "nlp"},
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"seldon-app": name}}},
    }


def test_two_algorithms_share_the_traffic() -> None:
    made = deployment(
        server={"format": "custom", "image": "nlp/forest:1.0.0", "transport": "grpc"},
        env={"THREADS": "2", "MODE": "fast"},
        variants=[
            {**STABLE, "name": "forest", "traffic": 50},
            {
                **STABLE,
                "name": "network",
                "artifact": "s3://models/8",
                "traffic": 50,
                "image": "nlp/network:1.0.0",
                "env": {"THREADS": "8"},
                "secretEnv": {"TOKEN": {"name": "hub", "key": "token"}},
                "resources": {"limits": {"nvidia.com/gpu": "1"}},
                "replicas": 3,
            },
        ],
    )
    annotations = {"version": "7", "kfsynth/version": "7"}
    parameters = {"name": "model_uri", "type": "STRING"}
    assert made["spec"] == {
        "protocol": "seldon",
        "transport": "grpc",
        "predictors": [
            {
                "name": "forest",
                "traffic": 50,
                "replicas": 1,
                "annotations": {**annotations, "kfsynth/artifact": "s3://models/7"},
                "graph": {
                    "name": "classifier",
                    "type": "MODEL",
                    "parameters": [{**parameters, "value": "s3://models/7"}],
                },
                "componentSpecs": [
                    {
                        "spec": {
                            "containers": [
                                {
                                    "name": "classifier",
                                    "image": "m/nlp/forest:1.0.0",
                                    "env": [
                                        {"name": "THREADS", "value": "2"},
                                        {"name": "MODE", "value": "fast"},
                                    ],
                                }
                            ]
                        }
                    }
                ],
            },
            {
                "name": "network",
                "traffic": 50,
                "replicas": 3,
                "annotations": {**annotations, "kfsynth/artifact": "s3://models/8"},
                "graph": {
                    "name": "classifier",
                    "type": "MODEL",
                    "parameters": [{**parameters, "value": "s3://models/8"}],
                },
                "componentSpecs": [
                    {
                        "spec": {
                            "containers": [
                                {
                                    "name": "classifier",
                                    "image": "m/nlp/network:1.0.0",
                                    "env": [
                                        {"name": "THREADS", "value": "8"},
                                        {"name": "MODE", "value": "fast"},
                                        {
                                            "name": "TOKEN",
                                            "valueFrom": {
                                                "secretKeyRef": {"name": "hub", "key": "token"}
                                            },
                                        },
                                    ],
                                    "resources": {"limits": {"nvidia.com/gpu": "1"}},
                                }
                            ]
                        }
                    }
                ],
            },
        ],
    }


def test_a_shadow_gets_copies_of_a_tenth() -> None:
    made = deployment(
        server={"format": "sklearn"},
        variants=[
            STABLE,
            {**STABLE, "name": "next", "version": 8, "traffic": 10, "shadow": True},
        ],
    )
    stable, following = made["spec"]["predictors"]
    assert "shadow" not in stable
    assert following == {
        **stable,
        "name": "next",
        "traffic": 10,
        "shadow": True,
        "annotations": {
            "version": "8",
            "kfsynth/version": "8",
            "kfsynth/artifact": "s3://models/7",
        },
    }


def test_an_ensemble_behind_a_transformer() -> None:
    made = deployment(
        server={"format": "xgboost", "parameters": {"method": "predict_proba"}},
        storageSecret="artifacts",
        serviceAccount="models",
        env={"THREADS": "2"},
        resources={"requests": {"cpu": "1"}},
        requestLog={"url": "http://broker.nlp", "mode": "response"},
        graph={
            "name": "clean",
            "type": "transformer",
            "image": "nlp/clean:1.0.0",
            "parameters": {"lower": True, "length": 512, "share": 0.5, "language": "en"},
            "children": [
                {
                    "name": "vote",
                    "type": "combiner",
                    "image": "nlp/vote:1.0.0",
                    "resources": {"limits": {"memory": "128Mi"}},
                    "children": [
                        {"name": "own"},
                        {
                            "name": "older",
                            "artifact": "s3://models/3",
                            "version": 3,
                            "env": {"THREADS": "1"},
                        },
                        {
                            "name": "split",
                            "type": "router",
                            "builtin": "RANDOM_ABTEST",
                            "parameters": {"ratioA": 0.9},
                            "children": [
                                {"name": "rules", "image": "nlp/rules:1.0.0"},
                                {
                                    "name": "words",
                                    "type": "outputTransformer",
                                    "image": "nlp/words:1.0.0",
                                },
                            ],
                        },
                    ],
                }
            ],
        },
    )
    [only] = made["spec"]["predictors"]
    fetched = {"envSecretRefName": "artifacts", "serviceAccountName": "models"}
    assert only["graph"] == {
        "name": "clean",
        "type": "TRANSFORMER",
        "parameters": [
            {"name": "lower", "type": "BOOL", "value": "true"},
            {"name": "length", "type": "INT", "value": "512"},
            {"name": "share", "type": "DOUBLE", "value": "0.5"},
            {"name": "language", "type": "STRING", "value": "en"},
        ],
        "logger": {"url": "http://broker.nlp", "mode": "response"},
        "children": [
            {
                "name": "vote",
                "type": "COMBINER",
                "children": [
                    {
                        "name": "own",
                        "type": "MODEL",
                        "implementation": "XGBOOST_SERVER",
                        "modelUri": "s3://models/7",
                        **fetched,
                        "parameters": [
                            {"name": "method", "type": "STRING", "value": "predict_proba"}
                        ],
                    },
                    {
                        "name": "older",
                        "type": "MODEL",
                        "implementation": "XGBOOST_SERVER",
                        "modelUri": "s3://models/3",
                        **fetched,
                    },
                    {
                        "name": "split",
                        "implementation": "RANDOM_ABTEST",
                        "parameters": [{"name": "ratioA", "type": "DOUBLE", "value": "0.9"}],
                        "children": [
                            {"name": "rules", "type": "MODEL"},
                            {"name": "words", "type": "OUTPUT_TRANSFORMER"},
                        ],
                    },
                ],
            }
        ],
    }
    server = {"resources": {"requests": {"cpu": "1"}}}
    assert only["componentSpecs"] == [
        {
            "spec": {
                "containers": [
                    {"name": "clean", "image": "m/nlp/clean:1.0.0"},
                    {
                        "name": "vote",
                        "image": "m/nlp/vote:1.0.0",
                        "resources": {"limits": {"memory": "128Mi"}},
                    },
                    {"name": "own", "env": [{"name": "THREADS", "value": "2"}], **server},
                    {"name": "older", "env": [{"name": "THREADS", "value": "1"}], **server},
                    {"name": "rules", "image": "m/nlp/rules:1.0.0"},
                    {"name": "words", "image": "m/nlp/words:1.0.0"},
                ],
                "serviceAccountName": "models",
            }
        }
    ]


def test_an_explainer() -> None:
    wanted = {
        "type": "AnchorText",
        "artifact": "s3://explainers/7",
        "image": "nlp/explainer:1.0.0",
        "replicas": 2,
        "parameters": {"threshold": 0.95, "verbose": True},
        "resources": {"limits": {"memory": "1Gi"}},
    }
    made = objects(
        model(
            server={"format": "sklearn"},
            storageSecret="artifacts",
            serviceAccount="models",
            variants=[{**STABLE, "explainer": wanted}],
        )
    )
    [only] = made["SeldonDeployment", "sentiment"]["spec"]["predictors"]
    name = "sentiment-stable-explainer"
    assert only["explainer"] == {
        "type": "AnchorText",
        "replicas": 2,
        "modelUri": "s3://explainers/7",
        "envSecretRefName": "artifacts",
        "serviceAccountName": "models",
        "containerSpec": {
            "name": name,
            "image": "m/nlp/explainer:1.0.0",
            "resources": {"limits": {"memory": "1Gi"}},
        },
        "initParameters": '{"threshold":0.95,"verbose":true}',
    }
    policy = made["AuthorizationPolicy", f"{name}-gateway"]
    assert policy["spec"] == from_gateway({"seldon-app": name}, ["9000"])


def test_alibi_s_own_server_is_told_its_parameters_as_arguments() -> None:
    wanted = {"type": "KernelShap", "parameters": {"threshold": 0.95, "verbose": True}}
    made = deployment(
        server={"format": "sklearn", "protocol": "seldon"},
        variants=[{**STABLE, "explainer": wanted}],
    )
    assert made["spec"]["predictors"][0]["explainer"] == {
        "type": "KernelShap",
        "replicas": 1,
        "containerSpec": {"name": "sentiment-stable-explainer"},
        "config": {"threshold": "0.95", "verbose": "true"},
    }
