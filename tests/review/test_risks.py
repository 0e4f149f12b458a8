"""Risks that come from what lies around a change."""

from __future__ import annotations

import pytest

from synth.config.environment import Environment
from synth.kit.objects import Body, manifest
from synth.review.risks.kinds import RISKS
from tests.repository import ROOT
from tests.review.bodies import (
    ACCOUNT,
    CANARY,
    CONFIG,
    DEPLOYMENT,
    POLICY,
    RULES,
    model,
    predictor,
    put,
)
from tests.review.sides import dangers, reviewed, side

PROD = Environment.model_validate(
    {
        "name": "prod",
        "cluster": {"server": "https://prod.example.com", "kubernetes": "1.26"},
        "gitops": {"repoURL": "https://git.example.com/platform.git"},
        "policy": {"promotion": {"maxCanary": 25}},
    }
)
STABLE = model(predictor("stable", 7, 100))


def test_a_model_that_alerts_watch_is_no_risk() -> None:
    more = model(predictor("stable", 7, 75), predictor("canary", 8, 25))
    before, after = side(CANARY, RULES), side(more, RULES)
    assert dangers(before, after) == []
    elsewhere = put(RULES, "vision", "metadata", "namespace")
    assert [each[:5] for each in dangers(side(CANARY, elsewhere), side(more, elsewhere))] == [
        "DF020"
    ]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (STABLE, model(predictor("stable", 7, 75), predictor("canary", 8, 25)), []),
        (
            STABLE,
            model(predictor("stable", 7, 70), predictor("canary", 8, 30)),
            ["version 8 goes from 0 % to 30 %, and policy.promotion allows 25 %"],
        ),
        (CANARY, model(predictor("stable", 7, 75), predictor("canary", 8, 25)), []),
        (
            CANARY,
            model(predictor("stable", 7, 50), predictor("canary", 8, 50)),
            ["version 8 goes from 10 % to 50 %, and policy.promotion allows 25 %"],
        ),
        (
            CANARY,
            model(predictor("stable", 8, 100)),
            ["version 8 goes from 10 % to 100 %, and policy.promotion allows 25 %"],
        ),
        (CANARY, model(predictor("stable", 7, 100)), []),
    ],
)
def test_steps_of_promotion(before: Body, after: Body, said: list[str]) -> None:
    report = reviewed(side(before, RULES), side(after, RULES), [PROD])
    assert [risk.reason for risk in report.risks if risk.code == "DF021"] == said


def test_what_the_environment_before_has_not_run() -> None:
    image = ("spec", "template", "spec", "containers", "web", "image")
    newer = put(DEPLOYMENT, "registry.example.com/web:v1.3", *image)
    before = {**side(DEPLOYMENT), **side(DEPLOYMENT, environment="staging")}
    after = {**side(newer), **side(newer, environment="staging")}
    report = reviewed(before, after, order=["staging", "prod"])
    assert [(risk.code, risk.environment, risk.reason) for risk in report.risks] == [
        ("DF022", "prod", "staging has not run registry.example.com/web:v1.3")
    ]
    seen = {**side(DEPLOYMENT), **side(newer, environment="staging")}
    assert reviewed(seen, after, order=["staging", "prod"]).risks == ()
    assert reviewed(before, after).risks == ()


def test_who_uses_what_goes() -> None:
    uses = put(
        DEPLOYMENT,
        [{"configMap": {"name": "web"}, "name": "a"}],
        "spec",
        "template",
        "spec",
        "volumes",
    )
    assert dangers(side(ACCOUNT, CONFIG, uses), side(uses)) == [
        "DF005 ConfigMap nlp/web: ConfigMap web is used by Deployment web; keep it, or have them "
        "use another first",
        "DF005 ServiceAccount nlp/web: ServiceAccount web is used by Deployment web; keep it, or "
        "have them use another first",
    ]
    assert dangers(side(ACCOUNT, CONFIG, uses), {}) == []


def test_an_external_secret_makes_the_secret_that_is_used() -> None:
    external = manifest(
        "external-secrets.io/v1beta1",
        "ExternalSecret",
        "entry",
        namespace="nlp",
        spec={"target": {"name": "artifacts"}},
    )
    assert dangers(side(), side(external, STABLE)) == []
    assert dangers(side(external, STABLE), side(STABLE)) == [
        "DF005 ExternalSecret nlp/entry: Secret artifacts is used by SeldonDeployment sentiment; "
        "keep it, or have them use another first"
    ]


def test_an_operator_makes_secrets_too() -> None:
    search = manifest(
        "elasticsearch.k8s.elastic.co/v1", "Elasticsearch", "logs", namespace="nlp", spec={}
    )
    secret = {"secretRef": {"name": "logs-es-elastic-user"}}
    uses = put(DEPLOYMENT, [secret], "spec", "template", "spec", "containers", "web", "envFrom")
    assert dangers(side(DEPLOYMENT), side(uses, search)) == []
    assert [each[:5] for each in dangers(side(DEPLOYMENT), side(uses))] == ["DF030"]
    optional = {"secretRef": {**secret["secretRef"], "optional": True}}
    maybe = put(DEPLOYMENT, [optional], "spec", "template", "spec", "containers", "web", "envFrom")
    assert dangers(side(DEPLOYMENT), side(maybe)) == []


def test_many_objects_that_go() -> None:
    many = [manifest("v1", "ConfigMap", f"a{number}", namespace="nlp") for number in range(10)]
    assert dangers(side(*many), {}) == [
        "DF006 application models: Argo CD removes 10 objects; see that none of them is meant to stay"
    ]
    assert dangers(side(*many[1:]), {}) == []


def test_what_an_application_leaves_behind() -> None:
    application = manifest("argoproj.io/v1alpha1", "Application", "prod-models", namespace="argocd")
    before = {**side(POLICY), **side(application, application="argocd")}
    assert dangers(before, {}) == [
        "DF008 application models: its Application goes, and leaves everything that it had in the "
        "cluster; an entry of `retired:` has Argo CD remove it: README.md, Argo CD"
    ]


def test_a_step_of_an_upgrade_that_argo_cd_cannot_do() -> None:
    label = ("metadata", "labels", "app.kubernetes.io/version")
    body = manifest("argoproj.io/v1alpha1", "Application", "prod-kubeflow-pipelines", namespace="a")
    before, after = (put(body, release, *label) for release in ("1.9.1", "1.10"))
    assert dangers(side(before), side(after)) == [
        "DF009 application kubeflow-pipelines: the role that a ClusterRoleBinding refers to cannot "
        "be changed; once this is merged: `kubectl delete clusterrolebinding "
        "meta-controller-cluster-role-binding`"
    ]


def test_every_risk_is_in_the_document() -> None:
    text = (ROOT / "docs/diff.md").read_text()
    rows = [line for line in text.splitlines() if line.startswith("| DF")]
    assert rows == [f"| {code} | {kind.severity} | {kind.title} |" for code, kind in RISKS.items()]
