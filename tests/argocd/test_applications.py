"""What an Application leaves to controllers, and what the root waits for."""

from __future__ import annotations

from typing import Any

from cdk8s import App, Chart

from synth.catalog.drift import KNOWN_DIFFERENCES
from synth.config.gitops import Cluster, Gitops
from synth.domains.argocd import Applications, Bootstrap
from synth.kit.application import Application
from synth.kit.objects import Identity

GROUP = "admissionregistration.k8s.io"
MUTATING, VALIDATING = "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"


def ignored(*objects: Identity) -> Any:
    leaf = Applications(
        Chart(App(), "argocd"),
        environment="test",
        gitops=Gitops.model_validate({"repoURL": "https://git.example.com/platform.git"}),
        cluster=Cluster.model_validate(
            {"server": "https://kubernetes.default.svc", "kubernetes": "1.26"}
        ),
        applications=[Application("part", 0, objects)],
    )
    (body,) = leaf.objects
    respects = "RespectIgnoreDifferences=true" in body["spec"]["syncPolicy"]["syncOptions"]
    assert respects == ("ignoreDifferences" in body["spec"])
    return body["spec"].get("ignoreDifferences")


def test_a_wave_of_the_root_waits_for_what_it_changes_alone() -> None:
    gitops = Gitops.model_validate({"repoURL": "https://git.example.com/platform.git"})
    leaf = Bootstrap(Chart(App(), "argocd"), environment="test", gitops=gitops)
    options = {
        body["metadata"]["name"]: "ApplyOutOfSyncOnly=true"
        in body["spec"]["syncPolicy"]["syncOptions"]
        for body in leaf.objects
    }
    assert options == {"test-bootstrap": False, "test-root": True}


def test_what_nobody_else_writes_is_argo_cds_alone() -> None:
    assert ignored(Identity("", "ConfigMap", "a", "b")) is None


def test_nothing_is_ignored_of_webhooks_that_are_left_as_they_are() -> None:
    webhooks = [Identity(GROUP, kind, "", "a") for kind in (MUTATING, VALIDATING)]
    assert ignored(*webhooks) is None


def test_knatives_rules_and_the_failure_policy_of_istios_validation_are_their_own() -> None:
    knative = Identity(GROUP, MUTATING, "", "webhook.serving.knative.dev")
    istio = Identity(GROUP, VALIDATING, "", "istio-validator-istio-system")
    rules = '.webhooks[]? | select(.name | endswith("serving.knative.dev")) | .rules'
    policy = '.webhooks[]? | select(.name | endswith(".istio.io")) | .failurePolicy'
    assert ignored(knative, istio) == [
        {"group": GROUP, "kind": MUTATING, "jqPathExpressions": [rules]},
        {"group": GROUP, "kind": VALIDATING, "jqPathExpressions": [policy]},
    ]


def test_no_known_difference_covers_more_than_a_field() -> None:
    whole = {"", "data", "metadata", "spec", "status", "webhooks"}
    for known in KNOWN_DIFFERENCES:
        assert known.path.rpartition(".")[2].rstrip("[]?") not in whole
        assert known.reason
