"""Our keys of argocd-cm, and the Application that keeps them."""

from __future__ import annotations

from cdk8s import App, Chart

from synth.catalog.health import CHECKS
from synth.config.gitops import Gitops
from synth.domains.argocd import Settings
from synth.kit.objects import Body
from tests.schemas import complaints


def made() -> dict[str, Body]:
    gitops = Gitops(repo_url="https://git.example.com/ml/platform.git")
    objects = Settings(Chart(App(), "settings"), gitops=gitops).objects
    return {body["kind"]: body for body in objects}


def test_only_our_own_keys_are_applied_and_none_is_ever_pruned() -> None:
    config = made()["ConfigMap"]
    assert config["metadata"] == {
        "name": "argocd-cm",
        "namespace": "argocd",
        "labels": {"app.kubernetes.io/part-of": "argocd"},
        "annotations": {
            "argocd.argoproj.io/sync-options": "ServerSideApply=true,Prune=false,Delete=false"
        },
    }
    assert config["data"] == {
        "resource.compareoptions": "ignoreAggregatedRoles: true\n",
        **{f"resource.customizations.health.{kind}": lua for kind, lua in CHECKS.items()},
    }


def test_the_settings_have_an_application_and_a_project() -> None:
    objects = made()
    for kind in ("Application", "AppProject"):
        assert complaints("argo-cd-3.5.1.yaml", objects[kind]) == []
    application = objects["Application"]
    assert application["spec"]["source"]["path"] == "argocd/settings"
    assert application["spec"]["project"] == objects["AppProject"]["metadata"]["name"]
    spec = objects["AppProject"]["spec"]
    assert spec["destinations"] == [
        {"server": "https://kubernetes.default.svc", "namespace": "argocd"}
    ]
    assert spec["clusterResourceWhitelist"] == []
