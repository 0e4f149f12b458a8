"""The tracking server: what it may be told, and the objects that it becomes."""

from __future__ import annotations

from typing import Any

import pytest
from cdk8s import App, Chart
from pydantic import ValidationError

from synth.config.registry import Mlflow
from synth.domains.registry import TrackingServer
from synth.kit.objects import Body

MLFLOW: dict[str, Any] = {
    "backendStore": {"secretName": "mlflow-database"},
    "artifacts": {
        "destination": "s3://models",
        "credentialsSecret": "mlflow-artifacts",
        "endpointURL": "https://s3.example.com",
    },
}


def made(monitoring: str | None = "monitoring", **changes: Any) -> dict[str, Body]:
    server = TrackingServer(
        Chart(App(), "mlflow"),
        Mlflow.model_validate({**MLFLOW, **changes}),
        monitoring=monitoring,
        mirror=lambda image: f"mirror/{image}",
    )
    assert server.key == "mlflow"
    assert server.service == "http://mlflow.mlflow.svc.cluster.local:5000"
    return {body["kind"]: body for body in server.objects}


def mistakes(**changes: Any) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as caught:
        Mlflow.model_validate({**MLFLOW, **changes})
    return [
        (".".join(map(str, error["loc"])), error["msg"].removeprefix("Value error, "))
        for error in caught.value.errors()
    ]


def server_of(objects: dict[str, Body]) -> Body:
    container: Body = objects["Deployment"]["spec"]["template"]["spec"]["containers"][0]
    return container


def test_every_mistake_is_told_in_one_go() -> None:
    assert mistakes(
        version="3.4.0",
        image="mlflow:latest",
        artifacts={"destination": "/mlruns", "endpointURL": "s3.example.com"},
        scratch="2 GB",
    ) == [
        ("version", "3.4.0 is too old: 3.9.0 is the first with the drivers' image"),
        (
            "image",
            "'mlflow:latest' is not pinned: give a tag other than latest, or a digest",
        ),
        ("artifacts.destination", "'/mlruns' is not a bucket such as s3://models"),
        (
            "artifacts.endpointURL",
            "'s3.example.com' is not an address such as https://s3.example.com",
        ),
        ("scratch", "'2 GB' is not a quantity such as 500m, 2 or 64Gi"),
    ]
    assert mistakes(version="v3.17.2") == [
        ("version", "'v3.17.2' is not a version of MLflow such as 3.17.2")
    ]


def test_the_server_answers_to_the_names_of_its_service() -> None:
    """The command line was run with MLflow 3.17.2: these hosts get 200, any other 403."""
    assert server_of(made(hosts=("mlflow.example.com",)))["args"] == [
        "server",
        "--host=0.0.0.0",
        "--port=5000",
        "--workers=2",
        "--artifacts-destination=s3://models",
        "--allowed-hosts=mlflow,mlflow:5000,mlflow.mlflow,mlflow.mlflow:5000,"
        "mlflow.mlflow.svc,mlflow.mlflow.svc:5000,"
        "mlflow.mlflow.svc.cluster.local,mlflow.mlflow.svc.cluster.local:5000,"
        "localhost,localhost:5000,$(POD_IP),$(POD_IP):5000,"
        "mlflow.example.com,mlflow.example.com:5000",
        "--expose-prometheus=/metrics",
    ]


def test_addresses_and_credentials_come_from_secrets() -> None:
    def secret(variable: str, name: str, key: str) -> Body:
        return {"name": variable, "valueFrom": {"secretKeyRef": {"name": name, "key": key}}}

    database = secret("MLFLOW_BACKEND_STORE_URI", "mlflow-database", "uri")
    home = {"name": "HOME", "value": "/tmp"}
    objects = made()
    assert server_of(objects)["env"] == [
        home,
        database,
        {"name": "MLFLOW_S3_ENDPOINT_URL", "value": "https://s3.example.com"},
        secret("AWS_ACCESS_KEY_ID", "mlflow-artifacts", "AWS_ACCESS_KEY_ID"),
        secret("AWS_SECRET_ACCESS_KEY", "mlflow-artifacts", "AWS_SECRET_ACCESS_KEY"),
        {"name": "MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "value": "false"},
        {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
    ]
    [migration] = objects["Deployment"]["spec"]["template"]["spec"]["initContainers"]
    assert migration["args"] == ["db", "upgrade", "$(MLFLOW_BACKEND_STORE_URI)"]
    assert migration["env"] == [home, database]
    own_identity = made(artifacts={"destination": "s3://models"})
    names = [each["name"] for each in server_of(own_identity)["env"]]
    assert not any("AWS" in name or "S3" in name for name in names)


@pytest.mark.parametrize(
    ("changes", "image"),
    [
        ({}, "mirror/ghcr.io/mlflow/mlflow:v3.17.2-full"),
        ({"version": "3.12.0"}, "mirror/ghcr.io/mlflow/mlflow:v3.12.0-full"),
        ({"image": "example.com/mlflow:3"}, "mirror/example.com/mlflow:3"),
    ],
)
def test_both_containers_run_the_same_image(changes: dict[str, Any], image: str) -> None:
    pod = made(**changes)["Deployment"]["spec"]["template"]["spec"]
    images = [each["image"] for each in (*pod["initContainers"], *pod["containers"])]
    assert images == [image, image]


def test_the_pod_meets_the_restricted_level_that_its_namespace_enforces() -> None:
    objects = made()
    assert objects["Namespace"]["metadata"] == {
        "name": "mlflow",
        "labels": {"pod-security.kubernetes.io/enforce": "restricted"},
    }
    pod = objects["Deployment"]["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "runAsGroup": 10001,
        "fsGroup": 10001,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    for container in (*pod["initContainers"], *pod["containers"]):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        }
    assert pod["volumes"] == [
        {"name": "tmp", "emptyDir": {"sizeLimit": "2Gi"}},
        {"name": "metrics", "emptyDir": {}},
    ]


def test_teams_and_prometheus_may_call_and_nobody_else() -> None:
    def sources(objects: dict[str, Body]) -> list[dict[str, str]]:
        [rule] = objects["NetworkPolicy"]["spec"]["ingress"]
        assert rule["ports"] == [{"protocol": "TCP", "port": "http"}]
        return [each["namespaceSelector"]["matchLabels"] for each in rule["from"]]

    teams = {"app.kubernetes.io/part-of": "kubeflow-profile"}
    assert sources(made()) == [teams, {"kubernetes.io/metadata.name": "monitoring"}]
    assert sources(made(monitoring=None)) == [teams]
    silent = made(metrics=False)
    assert sources(silent) == [teams]
    assert not any("prometheus" in arg for arg in server_of(silent)["args"])


def test_one_replica_has_no_budget_that_would_block_a_drain() -> None:
    assert "PodDisruptionBudget" not in made()
    assert made(replicas=2)["PodDisruptionBudget"]["spec"]["maxUnavailable"] == 1


def test_selectors_find_the_pods() -> None:
    objects = made()
    labels = objects["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert objects["Deployment"]["spec"]["selector"] == {"matchLabels": labels}
    assert objects["Service"]["spec"]["selector"] == labels
    assert objects["NetworkPolicy"]["spec"]["podSelector"] == {"matchLabels": labels}
