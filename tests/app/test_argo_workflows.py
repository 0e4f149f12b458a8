"""Argo Workflows as an Application: what Argo CD is told, and what it may touch."""

from __future__ import annotations

from synth.catalog.addons import argo_images, argo_objects
from synth.catalog.images import mirrored
from synth.cli.steps import Silence
from synth.pipeline import build
from synth.project import Project
from synth.render.cache import Cache
from synth.render.documents import load_all
from tests.app.examples import ENVIRONMENT, built
from tests.schemas import complaints

APPLICATION = "argocd/argocd/application.argoproj.io-test-argo-workflows.yaml"
WORKFLOW = """\
teams: [{name: nlp, owner: nlp@example.com}]
workflows:
  - name: nightly
    team: nlp
    schedule: "@daily"
    steps: [{name: train, image: "train:1.0.0", command: [train]}]
"""


def test_the_controller_is_a_pinned_chart_that_stands_alone(project: Project, cache: Cache) -> None:
    files, permitted = built(project, cache, "addons: {argoWorkflows: {}}\n" + WORKFLOW)
    (body,) = load_all(files[APPLICATION].decode())
    assert complaints("argo-cd-3.5.1.yaml", body) == []
    assert body["spec"]["destination"]["namespace"] == "argo"
    assert body["spec"]["source"] == {
        "repoURL": "https://argoproj.github.io/argo-helm",
        "chart": "argo-workflows",
        "targetRevision": "0.47.5",
        "helm": {
            "valuesObject": {
                "fullnameOverride": "argo-workflows",
                "crds": {
                    "install": True,
                    "keep": True,
                    "full": False,
                    "annotations": {
                        "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
                        "argocd.argoproj.io/compare-options": "IgnoreExtraneous",
                    },
                },
                "server": {"enabled": False},
                "workflow": {"rbac": {"create": False}},
                "controller": {
                    "workflowNamespaces": [],
                    "podSecurityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
                },
            }
        },
    }
    assert body["spec"]["syncPolicy"]["managedNamespaceMetadata"] == {
        "labels": {"pod-security.kubernetes.io/enforce": "restricted"}
    }
    assert "https://argoproj.github.io/argo-helm" in permitted["sourceRepos"]
    (cron,) = load_all(files["workflows/nlp/cronworkflow.argoproj.io-nightly.yaml"].decode())
    assert cron["spec"]["schedules"] == ["@daily"], "as 3.7 reads it"


def test_the_project_permits_what_the_chart_creates(project: Project, cache: Cache) -> None:
    _, permitted = built(project, cache, "addons: {argoWorkflows: {namespace: flows}}\n")
    kinds = {
        (each["group"], each["kind"])
        for scope in ("clusterResourceWhitelist", "namespaceResourceWhitelist")
        for each in permitted[scope]
    }
    assert kinds == {(each.group, each.kind) for each in argo_objects("flows")}
    assert {each.namespace for each in argo_objects("flows")} == {"", "flows"}
    assert "flows" in [each.get("namespace") for each in permitted["destinations"]]


def test_its_images_come_from_the_mirror(project: Project, cache: Cache) -> None:
    text = "registry: mirror.example.com/\naddons: {argoWorkflows: {}}\n"
    files, _ = built(project, cache, text)
    (body,) = load_all(files[APPLICATION].decode())
    values = body["spec"]["source"]["helm"]["valuesObject"]
    for part in ("controller", "executor"):
        assert values[part]["image"] == {"registry": "mirror.example.com/quay.io"}
    assert [mirrored(each, "mirror.example.com") for each in argo_images("3.7.11")] == [
        "mirror.example.com/quay.io/argoproj/workflow-controller:v3.7.11",
        "mirror.example.com/quay.io/argoproj/argoexec:v3.7.11",
    ]


def test_what_leaves_may_be_removed(project: Project, cache: Cache) -> None:
    retired = "retired: [{name: argo-workflows, kind: application, namespaces: [argo]}]\n"
    files, permitted = built(project, cache, retired)
    assert "argo-workflows/RETIRED.md" in files
    assert {"group": "argoproj.io", "kind": "Workflow"} not in permitted[
        "namespaceResourceWhitelist"
    ]
    assert {"group": "apps", "kind": "Deployment"} in permitted["namespaceResourceWhitelist"]


def test_a_project_permits_both_kinds_of_templates(project: Project, cache: Cache) -> None:
    _, permitted = built(project, cache, "addons: {argoWorkflows: {}}\n" + WORKFLOW)
    template = {"group": "argoproj.io", "kind": "WorkflowTemplate"}
    assert template in permitted["namespaceResourceWhitelist"]
    of_the_cluster = {"group": "argoproj.io", "kind": "ClusterWorkflowTemplate"}
    assert of_the_cluster in permitted["clusterResourceWhitelist"]


def test_a_template_of_the_cluster_lies_beside_the_teams(project: Project, cache: Cache) -> None:
    text = WORKFLOW.replace("team: nlp\n", "team: nlp\n    clusterScope: true\n")
    (project.environments / "test.yaml").write_text(
        f"{ENVIRONMENT}addons: {{argoWorkflows: {{}}}}\n{text}"
    )
    files = build(project, cache, [], Silence()).trees["dist/test"]
    (name,) = [each for each in files if "clusterworkflowtemplate" in each]
    (body,) = load_all(files[name].decode())
    assert complaints("argo-workflows-3.7.18.yaml", body) == []
    assert "namespace" not in body["metadata"]
