"""The tracking server: what it may be told, and the objects that it becomes."""

from __future__ import annotations

from typing import Any

import pytest
from cdk8s import App, Chart
from pydantic import ValidationError

from synth.config.registry import Mlflow
from synth.domains.registry import TrackingServer
from synth.kit.external_secrets import Store
from synth.kit.objects import Body
from tests.schemas import complaints

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
        store=Store("platform", "0.9.20"),
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


def container_of(workload: Body) -> Body:
    [container] = workload["spec"]["template"]["spec"]["containers"]
    assert isinstance(container, dict)
    return container


def server_of(objects: dict[str, Body]) -> Body:
    return container_of(objects["Deployment"])


def test_every_mistake_is_told_in_one_go() -> None:
    assert mistakes(
        version="3.4.0",
        image="mlflow:latest",
        artifacts={"destination": "/mlruns", "endpointURL": "s3.example.com"},
        scratch="2 GB",
    ) == [
        ("version", "3.4.0 is too old: 3.14.0 is the first that migrates an empty database"),
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
    assert container_of(objects["Job"])["env"] == [home, database]
    own_identity = made(artifacts={"destination": "s3://models"})
    names = [each["name"] for each in server_of(own_identity)["env"]]
    assert not any("AWS" in name or "S3" in name for name in names)


@pytest.mark.parametrize(
    ("changes", "image"),
    [
        ({}, "mirror/ghcr.io/mlflow/mlflow:v3.17.2-full"),
        ({"version": "3.14.0"}, "mirror/ghcr.io/mlflow/mlflow:v3.14.0-full"),
        ({"image": "example.com/mlflow:3"}, "mirror/example.com/mlflow:3"),
    ],
)
def test_server_and_migration_run_the_same_image(changes: dict[str, Any], image: str) -> None:
    objects = made(**changes)
    assert [container_of(objects[kind])["image"] for kind in ("Deployment", "Job")] == [image] * 2


@pytest.mark.parametrize("kind", ["Deployment", "Job"])
def test_pods_meet_the_restricted_level_that_their_namespace_enforces(kind: str) -> None:
    objects = made()
    assert objects["Namespace"]["metadata"] == {
        "name": "mlflow",
        "labels": {"pod-security.kubernetes.io/enforce": "restricted"},
    }
    pod = objects[kind]["spec"]["template"]["spec"]
    assert "initContainers" not in pod
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "runAsGroup": 10001,
        "fsGroup": 10001,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container_of(objects[kind])["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    written = {"Deployment": {"tmp": {"sizeLimit": "2Gi"}, "metrics": {}}}
    assert {each["name"]: each["emptyDir"] for each in pod["volumes"]} == written.get(
        kind, {"tmp": {"sizeLimit": "2Gi"}}
    )


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


def wave(body: Body) -> int:
    return int(body["metadata"].get("annotations", {}).get("argocd.argoproj.io/sync-wave", "0"))


def test_the_migration_runs_in_every_sync_between_the_secrets_and_the_server() -> None:
    objects = made(backendStore={"secretName": "mlflow-database", "external": "mlflow/database"})
    job = objects["Job"]
    assert job["metadata"] == {
        "name": "mlflow-migration",
        "namespace": "mlflow",
        "labels": {
            "app.kubernetes.io/name": "mlflow",
            "app.kubernetes.io/component": "migration",
        },
        "annotations": {
            "argocd.argoproj.io/hook": "Sync",
            "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation",
            "argocd.argoproj.io/sync-wave": "1",
        },
    }
    assert {kind: wave(body) for kind, body in objects.items() if wave(body)} == {
        "Job": 1,
        "Deployment": 2,
    }
    assert job["spec"]["backoffLimit"] == 2
    assert job["spec"]["activeDeadlineSeconds"] == 3600
    pod = job["spec"]["template"]["spec"]
    assert (pod["restartPolicy"], pod["serviceAccountName"]) == ("Never", "mlflow")
    container = container_of(job)
    assert container["command"] == ["mlflow"]
    assert container["args"] == ["db", "upgrade", "$(MLFLOW_BACKEND_STORE_URI)"]


def test_nothing_takes_the_migration_for_a_server() -> None:
    objects = made(replicas=2, mesh=True)
    labels = objects["Job"]["spec"]["template"]["metadata"]["labels"].items()
    for selector in (
        objects["Service"]["spec"]["selector"],
        objects["Deployment"]["spec"]["selector"]["matchLabels"],
        objects["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
        objects["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"],
        objects["AuthorizationPolicy"]["spec"]["selector"]["matchLabels"],
    ):
        assert not selector.items() <= labels


def external_secrets(**changes: Any) -> list[Body]:
    server = TrackingServer(
        Chart(App(), "mlflow"),
        Mlflow.model_validate({**MLFLOW, **changes}),
        monitoring=None,
        store=Store("platform", "0.9.20"),
        mirror=lambda image: image,
    )
    return [body for body in server.objects if body["kind"] == "ExternalSecret"]


def test_secrets_exist_or_are_made_from_an_entry_of_the_store() -> None:
    assert external_secrets() == []
    database, artifacts = external_secrets(
        backendStore={"secretName": "mlflow-database", "key": "url", "external": "mlflow/database"},
        artifacts={**MLFLOW["artifacts"], "external": "mlflow/artifacts"},
    )
    assert complaints("external-secrets.yaml", database) == []
    assert database == {
        "apiVersion": "external-secrets.io/v1beta1",
        "kind": "ExternalSecret",
        "metadata": {"name": "mlflow-database", "namespace": "mlflow"},
        "spec": {
            "refreshInterval": "1h",
            "secretStoreRef": {"kind": "ClusterSecretStore", "name": "platform"},
            "target": {
                "name": "mlflow-database",
                "creationPolicy": "Owner",
                "template": {"type": "Opaque"},
            },
            "data": [
                {"secretKey": "url", "remoteRef": {"key": "mlflow/database", "property": "url"}}
            ],
        },
    }
    assert artifacts["metadata"]["name"] == "mlflow-artifacts"
    assert artifacts["spec"]["data"] == [
        {"secretKey": key, "remoteRef": {"key": "mlflow/artifacts", "property": key}}
        for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    ]


def test_an_entry_makes_a_secret_that_has_a_name_of_its_own() -> None:
    nameless = {"destination": "s3://models", "external": "mlflow/artifacts"}
    assert mistakes(artifacts=nameless) == [
        ("artifacts", "external makes a Secret: say what it is called in credentialsSecret")
    ]
    both = {"secretName": "mlflow-artifacts", "external": "mlflow/database"}
    assert mistakes(backendStore=both) == [
        (
            "",
            "mlflow-artifacts is the Secret of backendStore and of artifacts, and one that is made "
            "from an entry can be only one of them: give them two names",
        )
    ]
    assert Mlflow.model_validate({**MLFLOW, "backendStore": {"secretName": "mlflow-artifacts"}})


def test_in_the_mesh_calls_are_allowed_and_the_migration_stays_outside() -> None:
    outside = made()
    assert "AuthorizationPolicy" not in outside
    assert "istio-injection" not in outside["Namespace"]["metadata"]["labels"]
    inside = made(mesh=True)
    assert inside["Namespace"]["metadata"]["labels"]["istio-injection"] == "enabled"
    migration = inside["Job"]["spec"]["template"]["metadata"]["labels"]
    assert migration["sidecar.istio.io/inject"] == "false"
    server = inside["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert inside["AuthorizationPolicy"]["spec"] == {
        "action": "ALLOW",
        "selector": {"matchLabels": server},
        "rules": [{"to": [{"operation": {"ports": ["5000"]}}]}],
    }
