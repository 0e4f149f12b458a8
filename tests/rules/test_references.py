"""What rendered objects name, and nothing renders."""

from __future__ import annotations

from typing import Any

import pytest

from synth.kit.objects import Body, Identity, Origin, manifest
from tests.rules.rendered import SMALL, error, findings

API = "rbac.authorization.k8s.io"


def deployment(labels: dict[str, str] | None = None, **spec: Any) -> Body:
    labels = labels or {"app": "server"}
    container = {
        "name": "server",
        "image": "registry.example.com/server:1.0.0",
        "ports": [{"name": "http", "containerPort": 8080}],
        "readinessProbe": {"tcpSocket": {"port": "http"}},
        "resources": SMALL,
    }
    return manifest(
        "apps/v1", "Deployment", "server", namespace="nlp",
        spec={
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [container], **spec},
            },
        },
    )  # fmt: skip


def config_map(name: str = "settings", **more: Any) -> list[Body]:
    return [{"name": "settings", "configMap": {"name": name, **more}}]


def missing(what: str) -> list[Any]:
    message = f"names {what}, which is not there: add it, or correct the name"
    return [error("RF001", "Deployment.apps nlp/server", message)]


SETTINGS = manifest("v1", "ConfigMap", "settings", namespace="nlp", data={})


def test_a_config_map_that_nothing_renders() -> None:
    assert findings(deployment(volumes=config_map())) == missing("ConfigMap nlp/settings")
    assert findings(deployment(volumes=config_map()), SETTINGS) == []
    assert findings(deployment(volumes=config_map(optional=True))) == []
    elsewhere = {**SETTINGS, "metadata": {"name": "settings", "namespace": "vision"}}
    assert findings(deployment(volumes=config_map()), elsewhere) == missing(
        "ConfigMap nlp/settings"
    )


def test_what_argo_cd_builds_or_a_chart_makes_is_there() -> None:
    known = [Identity("", "ConfigMap", "nlp", "settings")]
    assert findings(deployment(volumes=config_map()), known=known) == []


def test_what_every_namespace_has() -> None:
    assert findings(deployment(volumes=config_map("kube-root-ca.crt"))) == []
    assert findings(deployment(serviceAccountName="default")) == []


def test_what_every_profile_has() -> None:
    editing = deployment(serviceAccountName="default-editor")
    assert findings(editing) == missing("ServiceAccount nlp/default-editor")
    assert findings(editing, known=[Identity("kubeflow.org", "Profile", "", "nlp")]) == []


def test_a_secret_comes_from_elsewhere() -> None:
    volumes = [{"name": "keys", "secret": {"secretName": "keys"}}]
    assert findings(deployment(volumes=volumes)) == []


@pytest.mark.parametrize(
    ("name", "there"), [("view", True), ("system:discovery", True), ("viewer", False)]
)
def test_the_roles_of_kubernetes(name: str, there: bool) -> None:
    binding = manifest(
        f"{API}/v1", "RoleBinding", "reading", namespace="nlp",
        roleRef={"apiGroup": API, "kind": "ClusterRole", "name": name},
        subjects=[{"kind": "User", "name": "ana@example.com"}],
    )  # fmt: skip
    said = "names ClusterRole nlp/viewer, which is not there: add it, or correct the name"
    wrong = [error("RF001", f"RoleBinding.{API} nlp/reading", said)]
    assert findings(binding) == ([] if there else wrong)


def test_nobody_knows_where_a_cluster_scoped_object_looks() -> None:
    template = manifest(
        "argoproj.io/v1alpha1", "ClusterWorkflowTemplate", "training",
        spec={"volumes": config_map()},
    )  # fmt: skip
    assert findings(template) == []


def service(selector: dict[str, str], target: Any = "http") -> Body:
    ports = [{"name": "http", "port": 80, "targetPort": target}]
    return manifest(
        "v1", "Service", "server", namespace="nlp", spec={"selector": selector, "ports": ports}
    )


def test_a_service_that_selects_no_pod() -> None:
    assert findings(deployment(), service({"app": "server"})) == []
    assert findings(deployment(), service({"app": "sever", "tier": "web"})) == [
        error(
            "RF002", "Service nlp/server",
            "selects no pod (app=sever, tier=web): correct the labels, here or of the pods",
        )
    ]  # fmt: skip


def test_a_service_of_what_an_operator_makes() -> None:
    made = Identity("beat.k8s.elastic.co", "Beat", "nlp", "requests")
    selecting = service({"beat.k8s.elastic.co/name": "requests"})
    assert findings(selecting, known=[made]) == []
    assert [each.code for each in findings(selecting)] == ["RF002"]


def test_a_port_that_no_pod_has() -> None:
    assert findings(deployment(), service({"app": "server"}, 8080)) == []
    assert findings(deployment(), service({"app": "server"}, "https")) == [
        error(
            "RF003", "Service nlp/server",
            "sends port 80 to 'https', which is no port of its pods (there: http): correct the name",
        )
    ]  # fmt: skip


def test_the_place_is_the_line_that_it_comes_from() -> None:
    [finding] = findings(
        deployment(volumes=config_map()), origin=Origin("models/nlp.sentiment", "models.sentiment")
    )
    assert finding.key == "models.sentiment"
