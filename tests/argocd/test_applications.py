"""Applications: where they read, what they may do by themselves, what they leave alone."""

from __future__ import annotations

from typing import Any

import pytest
from cdk8s import App, Chart

from synth.config.gitops import Cluster, Gitops
from synth.domains.argocd import Applications, Bootstrap
from synth.kit.application import Application, HelmChart
from synth.kit.objects import Body, Identity
from tests.schemas import complaints

GITOPS = Gitops(repo_url="https://git.example.com/ml/platform.git")
CLUSTER = Cluster(server="https://prod.example.com", kubernetes="1.26")
PROFILE = Identity("kubeflow.org", "Profile", "", "nlp")
WEBHOOK = Identity("admissionregistration.k8s.io", "MutatingWebhookConfiguration", "", "hook")
MODEL = Identity("machinelearning.seldon.io", "SeldonDeployment", "nlp", "sentiment")
CHART = HelmChart("https://charts.example.com", "kafka", "1.2.3", {"watchAnyNamespace": True})


def made(*applications: Application, cluster: Cluster = CLUSTER) -> list[Body]:
    construct = Applications(
        Chart(App(), "argocd"),
        environment="prod",
        gitops=GITOPS,
        cluster=cluster,
        applications=applications,
    )
    assert construct.key == "gitops"
    return list(construct.objects)


def test_an_application_of_manifests() -> None:
    [body] = made(Application("models", 11, (MODEL,)))
    assert body == {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {
            "name": "prod-models",
            "namespace": "argocd",
            "annotations": {
                "argocd.argoproj.io/sync-wave": "11",
                "argocd.argoproj.io/compare-options": "ServerSideDiff=true",
            },
        },
        "spec": {
            "project": "prod",
            "destination": {"server": "https://prod.example.com"},
            "source": {
                "repoURL": "https://git.example.com/ml/platform.git",
                "targetRevision": "main",
                "path": "dist/prod/models",
                "directory": {"recurse": True},
            },
            "syncPolicy": {
                "automated": {"prune": True, "selfHeal": True},
                "retry": {
                    "limit": -1,
                    "refresh": True,
                    "backoff": {"duration": "10s", "factor": 2, "maxDuration": "3m"},
                },
                "syncOptions": ["ServerSideApply=true", "SkipDryRunOnMissingResource=true"],
            },
        },
    }


def test_a_kustomization_is_told_by_its_file() -> None:
    [body] = made(Application("kubeflow-katib", 5, (), "kustomize"))
    assert body["spec"]["source"] == {
        "repoURL": "https://git.example.com/ml/platform.git",
        "targetRevision": "main",
        "path": "dist/prod/kubeflow-katib",
    }


def test_a_chart_makes_its_namespace_and_is_never_pruned() -> None:
    [body] = made(Application("strimzi", -1, (), CHART, "strimzi"))
    assert body["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"] == "-1"
    assert body["spec"]["destination"] == {
        "server": "https://prod.example.com",
        "namespace": "strimzi",
    }
    assert body["spec"]["source"] == {
        "repoURL": "https://charts.example.com",
        "chart": "kafka",
        "targetRevision": "1.2.3",
        "helm": {"releaseName": "strimzi", "valuesObject": {"watchAnyNamespace": True}},
    }
    policy = body["spec"]["syncPolicy"]
    assert policy["automated"] == {"prune": False, "selfHeal": True}
    assert policy["syncOptions"] == [
        "ServerSideApply=true",
        "SkipDryRunOnMissingResource=true",
        "CreateNamespace=true",
    ]


def test_a_cluster_may_go_by_its_name() -> None:
    [body] = made(Application("models", 11, ()), cluster=Cluster(name="prod", kubernetes="1.26"))
    assert body["spec"]["destination"] == {"name": "prod"}


@pytest.mark.parametrize(
    ("objects", "ignored"),
    [
        ((MODEL,), None),
        (
            (PROFILE, MODEL),
            [{"group": "kubeflow.org", "kind": "Profile", "jqPathExpressions": [".spec.plugins"]}],
        ),
        (
            (WEBHOOK, WEBHOOK._replace(name="other")),
            [
                {
                    "group": "admissionregistration.k8s.io",
                    "kind": "MutatingWebhookConfiguration",
                    "jqPathExpressions": [".webhooks[]?.clientConfig.caBundle"],
                }
            ],
        ),
    ],
)
def test_known_drift_is_left_alone_where_its_kind_is_there(
    objects: tuple[Identity, ...], ignored: list[dict[str, Any]] | None
) -> None:
    [body] = made(Application("teams", 10, objects))
    assert body["spec"].get("ignoreDifferences") == ignored
    options = body["spec"]["syncPolicy"]["syncOptions"]
    assert ("RespectIgnoreDifferences=true" in options) == (ignored is not None)


def test_no_application_deletes_what_it_owned() -> None:
    """Removing or renaming an Application must not delete its objects."""
    for body in made(Application("models", 11, ()), Application("strimzi", 0, (), CHART, "kafka")):
        assert "finalizers" not in body["metadata"]
        assert "allowEmpty" not in body["spec"]["syncPolicy"]["automated"]


def test_bootstrap_and_root_read_the_folders_of_the_environment() -> None:
    bodies = Bootstrap(Chart(App(), "bootstrap"), environment="prod", gitops=GITOPS).objects
    assert {
        body["metadata"]["name"]: (
            body["spec"]["project"],
            body["spec"]["destination"],
            body["spec"]["source"]["path"],
        )
        for body in bodies
    } == {
        name: (
            "prod-gitops",
            {"server": "https://kubernetes.default.svc", "namespace": "argocd"},
            path,
        )
        for name, path in (
            ("prod-bootstrap", "argocd/prod"),
            ("prod-root", "dist/prod/argocd"),
        )
    }


def test_every_application_is_what_its_crd_says() -> None:
    bodies = made(
        Application("models", 11, (MODEL,)),
        Application("teams", 10, (PROFILE, WEBHOOK)),
        Application("kubeflow-katib", 5, (), "kustomize"),
        Application("strimzi", -1, (), CHART, "strimzi"),
        cluster=Cluster(name="prod", kubernetes="1.26"),
    )
    bodies += Bootstrap(Chart(App(), "bootstrap"), environment="prod", gitops=GITOPS).objects
    for body in bodies:
        assert complaints("argo-cd-3.5.1.yaml", body) == []
