"""A model as the InferenceService of each release's KServe."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

import pytest
import ryaml
from cdk8s import App, Chart

from synth.app.workload import resources
from synth.app.workloads import WORKLOADS
from synth.catalog.kserve import DEFAULT_RESOURCES, RUNTIMES, runtimes
from synth.catalog.kubeflow import RELEASES, load_release
from synth.config.environment import Environment
from synth.config.serving import Format, Model
from synth.domains.serving import KServeModel
from synth.domains.serving.kserve import CALLERS
from synth.kit.objects import Body
from synth.kit.versions import minor
from tests.kubeflow.releases import release_tree
from tests.schemas import complaints

STABLE = {"name": "stable", "version": 7, "artifact": "s3://models/7", "traffic": 100}
CANARY = {
    "name": "canary",
    "version": 8,
    "artifact": "s3://models/8",
    "traffic": 10,
    "provenance": {
        "registeredModel": "nlp.sentiment",
        "run": "9f1c",
        "commit": "1a2b3c",
        "data": "sha256:77",
        "created": "2026-11-25T08:00:00+00:00",
        "metrics": {"f1": 0.91, "val/loss": 0.25},
    },
}
ROLLOUT = ({**STABLE, "traffic": 90}, CANARY)
TRANSFORMED = {
    "name": "clean",
    "type": "transformer",
    "image": "registry.example.com/nlp/clean:1.0.0",
    "parameters": {"predictor_protocol": "v2", "workers": 2, "strict": True},
    "env": {"LOG_LEVEL": "info"},
    "resources": {"requests": {"cpu": "250m"}, "limits": {"memory": "4Gi"}},
    "children": ({"name": "model"},),
}
EVERYTHING: dict[str, Any] = {
    "serviceAccount": "models",
    "variants": ROLLOUT,
    "env": {"OMP_NUM_THREADS": "4", "EMPTY": ""},
    "secretEnv": {"TOKEN": {"name": "hub", "key": "token"}},
    "resources": {"requests": {"cpu": "500m"}, "limits": {"nvidia.com/gpu": "1"}},
    "nodeSelector": {"pool": "gpu"},
    "tolerations": ({"key": "gpu", "effect": "NoExecute", "toleration": "5m"},),
    "autoscaling": {"minReplicas": 2, "maxReplicas": 8},
    "requestLog": {"url": "http://broker.nlp/", "mode": "request"},
}
IMAGE = "registry.example.com/nlp/server:1.0.0"
SERVICE, POLICY = "InferenceService", "AuthorizationPolicy"


def model(**changes: Any) -> Model:
    return Model.model_validate(
        {"name": "sentiment", "team": "nlp", "engine": "kserve", "variants": (STABLE,), **changes}
    )


def made(kserve: str = "0.16.0", **changes: Any) -> dict[str, Body]:
    leaf = KServeModel(
        Chart(App(), "models"), model(**changes), kserve=kserve, mirror=lambda i: f"mirror/{i}"
    )
    assert leaf.key == "models.sentiment"
    return {body["kind"]: body for body in leaf.objects}


def predictor(**changes: Any) -> Body:
    found: Body = made(**changes)[SERVICE]["spec"]["predictor"]
    return found


@lru_cache
def upstream(common: Path, release: str) -> tuple[Path, tuple[Body, ...]]:
    """The file with a release's CRDs of KServe, and all objects of its folder."""
    folder = next(release_tree(common, release).glob("*/kserve/kserve"))
    objects = [
        body
        for path in sorted(folder.glob("kserve[-_]*.yaml"))
        for body in ryaml.loads_all(path.read_text())
        if body
    ]
    return folder / "kserve_kubeflow.yaml", tuple(objects)


def formats(kserve: str) -> Iterator[str]:
    return (f for f in get_args(Format) if f == "custom" or runtimes(kserve, f))


@pytest.mark.parametrize("release", RELEASES)
def test_every_format_is_what_the_releases_crd_says(common: Path, release: str) -> None:
    crds, _ = upstream(common, release)
    kserve = load_release(release).kserve
    found: dict[str, list[str]] = {}
    for format in formats(kserve):
        server = {"format": format, "image": IMAGE}
        for given in ({}, EVERYTHING, {**EVERYTHING, "graph": TRANSFORMED}):
            service = made(kserve, server=server, **given)[SERVICE]
            found[format] = found.get(format, []) + complaints(crds, service)
    assert found == {format: [] for format in formats(kserve)}
    assert len(found) == (8 if minor(kserve) >= (0, 13) else 7)


@pytest.mark.parametrize("release", RELEASES)
def test_the_catalogue_knows_the_releases_runtimes(common: Path, release: str) -> None:
    _, objects = upstream(common, release)
    there = {
        body["metadata"]["name"]: body["spec"]
        for body in objects
        if body["kind"] == "ClusterServingRuntime" and "workerSpec" not in body["spec"]
    }
    kserve = load_release(release).kserve
    for format in set(get_args(Format)) - {"custom"}:
        assert {each.name for each in runtimes(kserve, format)} == {
            name
            for name, spec in there.items()
            if format in {known["name"] for known in spec["supportedModelFormats"]}
        }
    for each in RUNTIMES:
        if each.since <= minor(kserve):
            spec = there[each.name]
            assert set(each.protocols) == set(spec["protocolVersions"]) & {"v1", "v2"}
            assert each.arguments == bool(spec["containers"][0].get("args"))


@pytest.mark.parametrize("release", RELEASES)
def test_the_releases_settings_are_those_that_are_counted_on(common: Path, release: str) -> None:
    _, objects = upstream(common, release)
    data = next(b["data"] for b in objects if b["metadata"]["name"] == "inferenceservice-config")
    assert json.loads(data["deploy"]) == {"defaultDeploymentMode": "Serverless"}
    if minor(load_release(release).kserve) >= (0, 15):
        assert json.loads(data["inferenceService"])["resource"] == {
            "cpuRequest": DEFAULT_RESOURCES["cpu"],
            "cpuLimit": DEFAULT_RESOURCES["cpu"],
            "memoryRequest": DEFAULT_RESOURCES["memory"],
            "memoryLimit": DEFAULT_RESOURCES["memory"],
        }


@pytest.mark.parametrize("release", RELEASES)
def test_those_who_may_call_a_model_are_in_the_release(release: str) -> None:
    objects = load_release(release).owners
    accounts = {
        f"cluster.local/ns/{each.namespace}/sa/{each.name}"
        for each in objects
        if each.kind == "ServiceAccount"
    }
    missing = set(CALLERS) - accounts
    assert missing == (
        {"cluster.local/ns/knative-serving/sa/activator"} if release.startswith("1.8.") else set()
    )
    assert "autoscaler-hpa" not in {each.name for each in objects if each.kind == "Deployment"}


def test_a_canary_as_a_whole() -> None:
    assert made(**EVERYTHING)[SERVICE] == {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {"name": "sentiment", "namespace": "nlp"},
        "spec": {
            "predictor": {
                "annotations": {
                    "kfsynth/version": "8",
                    "kfsynth/artifact": "s3://models/8",
                    "kfsynth/registered-model": "nlp.sentiment",
                    "kfsynth/run": "9f1c",
                    "kfsynth/commit": "1a2b3c",
                    "kfsynth/data": "sha256:77",
                    "kfsynth/created": "2026-11-25T08:00:00+00:00",
                    "kfsynth/metric-f1": "0.91",
                    "kfsynth/metric-val_loss-668d566a77": "0.25",
                },
                "minReplicas": 2,
                "maxReplicas": 8,
                "serviceAccountName": "models",
                "nodeSelector": {"pool": "gpu"},
                "tolerations": [
                    {
                        "key": "gpu",
                        "operator": "Equal",
                        "effect": "NoExecute",
                        "tolerationSeconds": 300,
                    }
                ],
                "canaryTrafficPercent": 10,
                "logger": {"url": "http://broker.nlp/", "mode": "request"},
                "model": {
                    "modelFormat": {"name": "mlflow"},
                    "runtime": "kserve-mlserver",
                    "protocolVersion": "v2",
                    "storageUri": "s3://models/8",
                    "env": [
                        {"name": "OMP_NUM_THREADS", "value": "4"},
                        {"name": "EMPTY"},
                        {
                            "name": "TOKEN",
                            "valueFrom": {"secretKeyRef": {"name": "hub", "key": "token"}},
                        },
                    ],
                    "resources": {
                        "requests": {"cpu": "500m", "memory": "2Gi"},
                        "limits": {"cpu": "1", "memory": "2Gi", "nvidia.com/gpu": "1"},
                    },
                },
            }
        },
    }


def test_a_transformer_before_a_model_as_a_whole() -> None:
    assert made(graph=TRANSFORMED, server={"image": IMAGE}, replicas=2)[SERVICE]["spec"] == {
        "predictor": {
            "annotations": {"kfsynth/version": "7", "kfsynth/artifact": "s3://models/7"},
            "minReplicas": 2,
            "maxReplicas": 2,
            "model": {
                "modelFormat": {"name": "mlflow"},
                "runtime": "kserve-mlserver",
                "protocolVersion": "v2",
                "storageUri": "s3://models/7",
                "image": f"mirror/{IMAGE}",
                "resources": {
                    "requests": {"cpu": "1", "memory": "2Gi"},
                    "limits": {"cpu": "1", "memory": "2Gi"},
                },
            },
        },
        "transformer": {
            "minReplicas": 2,
            "maxReplicas": 2,
            "containers": [
                {
                    "name": "kserve-container",
                    "image": "mirror/registry.example.com/nlp/clean:1.0.0",
                    "args": ["--predictor_protocol=v2", "--workers=2", "--strict=true"],
                    "env": [{"name": "LOG_LEVEL", "value": "info"}],
                    "resources": {
                        "requests": {"cpu": "250m", "memory": "2Gi"},
                        "limits": {"cpu": "1", "memory": "4Gi"},
                    },
                }
            ],
        },
    }


def test_a_server_of_ones_own_is_a_container_that_is_told_where_the_files_are() -> None:
    server = {"format": "custom", "image": IMAGE, "protocol": "v2", "parameters": {"depth": 3}}
    found = predictor(server=server, env={"A": "1", "STORAGE_URI": "s3://other"})
    assert "model" not in found
    assert found["containers"] == [
        {
            "name": "kserve-container",
            "image": f"mirror/{IMAGE}",
            "args": ["--depth=3"],
            "env": [
                {"name": "A", "value": "1"},
                {"name": "STORAGE_URI", "value": "s3://models/7"},
                {"name": "PROTOCOL", "value": "v2"},
            ],
            "resources": {
                "requests": {"cpu": "1", "memory": "2Gi"},
                "limits": {"cpu": "1", "memory": "2Gi"},
            },
        }
    ]


@pytest.mark.parametrize(
    ("format", "protocol", "served"),
    [
        ("mlflow", None, ("kserve-mlserver", "v2")),
        ("sklearn", None, ("kserve-mlserver", "v2")),
        ("sklearn", "v1", ("kserve-sklearnserver", "v1")),
        ("xgboost", "v1", ("kserve-xgbserver", "v1")),
        ("tensorflow", None, ("kserve-tensorflow-serving", "v1")),
        ("tensorflow", "v2", ("kserve-tritonserver", "v2")),
        ("onnx", None, ("kserve-tritonserver", "v2")),
        ("pytorch", None, ("kserve-tritonserver", "v2")),
        ("pytorch", "v1", ("kserve-torchserve", "v1")),
        ("huggingface", None, ("kserve-huggingfaceserver", "v2")),
    ],
)
def test_the_runtime_is_named_whatever_others_could_serve(
    format: str, protocol: str | None, served: tuple[str, str]
) -> None:
    server = {"format": format, **({"protocol": protocol} if protocol else {})}
    found = predictor(server=server)["model"]
    assert (found["runtime"], found["protocolVersion"]) == served
    assert found["modelFormat"] == {"name": format}


def test_resources_are_written_as_kserves_webhook_leaves_them() -> None:
    given = {"requests": {"cpu": "0.5", "memory": "1024Mi"}, "limits": {"cpu": "1000m"}}
    assert predictor(resources=given)["model"]["resources"] == {
        "requests": {"cpu": "500m", "memory": "1Gi"},
        "limits": {"cpu": "1", "memory": "2Gi"},
    }


def test_a_candidate_that_becomes_stable_keeps_its_pods() -> None:
    rollout = predictor(variants=ROLLOUT)
    assert rollout.pop("canaryTrafficPercent") == 10
    alone = {**CANARY, "name": "stable", "traffic": 100}
    assert predictor(variants=(alone,)) == rollout


def test_a_candidate_is_parked_by_giving_it_nothing() -> None:
    parked = ({**STABLE, "traffic": 100}, {**CANARY, "traffic": 0})
    assert predictor(variants=parked) == {**predictor(variants=ROLLOUT), "canaryTrafficPercent": 0}


def test_what_a_candidate_says_of_its_own_comes_before_the_models() -> None:
    own = {
        "replicas": 3,
        "image": IMAGE,
        "env": {"A": "2"},
        "resources": {"requests": {"cpu": "500m"}},
    }
    found = predictor(variants=({**STABLE, **own},), env={"A": "1", "B": "1"}, replicas=1)
    assert (found["minReplicas"], found["maxReplicas"]) == (3, 3)
    assert found["model"]["image"] == f"mirror/{IMAGE}"
    assert found["model"]["env"] == [{"name": "A", "value": "2"}, {"name": "B", "value": "1"}]
    assert found["model"]["resources"]["requests"] == {"cpu": "500m", "memory": "2Gi"}


def test_requests_reach_a_model_through_knative_only() -> None:
    assert made()[POLICY] == {
        "apiVersion": "security.istio.io/v1beta1",
        "kind": "AuthorizationPolicy",
        "metadata": {"name": "sentiment-knative", "namespace": "nlp"},
        "spec": {
            "action": "ALLOW",
            "selector": {"matchLabels": {"serving.kserve.io/inferenceservice": "sentiment"}},
            "rules": [
                {
                    "from": [
                        {
                            "source": {
                                "principals": [
                                    "cluster.local/ns/istio-system/sa/"
                                    "istio-ingressgateway-service-account",
                                    "cluster.local/ns/istio-system/sa/"
                                    "cluster-local-gateway-service-account",
                                    "cluster.local/ns/knative-serving/sa/activator",
                                    "cluster.local/ns/knative-serving/sa/controller",
                                ]
                            }
                        }
                    ]
                }
            ],
        },
    }


def test_each_model_of_an_environment_goes_to_its_engine() -> None:
    environment = Environment.model_validate(
        {
            "name": "dev",
            "cluster": {"kubernetes": "1.26"},
            "gitops": {"repoURL": "https://git.example.com/ml/platform.git"},
            "kubeflow": {"release": "1.8.1"},
            "models": (
                {"name": "a", "team": "nlp", "engine": "kserve", "variants": (STABLE,)},
                {"name": "b", "team": "nlp", "variants": (STABLE,)},
            ),
        }
    )
    workload = WORKLOADS["models"]
    inputs = workload.inputs(environment)
    assert inputs["kserve"] == "0.11.2"
    found = resources("models", workload.build, inputs)
    assert [(each.body["kind"], each.body["metadata"]["name"]) for each in found] == [
        ("InferenceService", "a"),
        ("AuthorizationPolicy", "a-knative"),
        ("SeldonDeployment", "b"),
        ("AuthorizationPolicy", "b-gateway"),
    ]
