"""What leaves an environment: told beforehand, removed by Argo CD, and then forgotten."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from synth.render.documents import dump, load_all
from tests.repository import Repository


@pytest.fixture
def repository(repository: Repository) -> Repository:
    """The example, built."""
    repository.build()
    return repository


def change(repository: Repository, environment: str, **sections: Any) -> None:
    """Write sections of an environment's file; None removes one that a base has."""
    path = repository.root / "environments" / f"{environment}.yaml"
    path.write_text(dump({**yaml.safe_load(path.read_text()), **sections}))


def warnings(repository: Repository) -> list[str]:
    done = repository.synth("build")
    assert done.returncode == 0, done.stderr
    return [line for line in done.stderr.splitlines() if line.startswith("warning")]


def document(repository: Repository, path: str) -> Any:
    return load_all((repository.root / path).read_text())[0]


def test_an_application_that_leaves_is_named_with_the_way_out(repository: Repository) -> None:
    change(repository, "prod", mlflow=None)
    assert warnings(repository) == [
        "warning: environments/prod.yaml:1:1: retired: mlflow leaves, and what it runs would stay "
        "on the cluster unmanaged; to have it removed, add {name: mlflow, kind: application, "
        "namespaces: [mlflow]}"
    ]
    assert not (repository.root / "dist/prod/mlflow").exists()


def test_a_retired_application_may_be_emptied_where_it_had_objects(repository: Repository) -> None:
    change(
        repository,
        "prod",
        mlflow=None,
        retired=[{"name": "mlflow", "kind": "application", "namespaces": ["mlflow"]}],
    )
    assert warnings(repository) == []
    assert [path.name for path in (repository.root / "dist/prod/mlflow").iterdir()] == [
        "RETIRED.md"
    ]
    application = document(
        repository, "dist/prod/argocd/argocd/application.argoproj.io-prod-mlflow.yaml"
    )
    assert application["spec"]["syncPolicy"]["automated"] == {
        "prune": True,
        "selfHeal": True,
        "allowEmpty": True,
    }
    project = document(repository, "argocd/prod/argocd/appproject.argoproj.io-prod.yaml")["spec"]
    assert "mlflow" in [each.get("namespace") for each in project["destinations"]]
    assert {"group": "apps", "kind": "Deployment"} in project["namespaceResourceWhitelist"]
    assert {"group": "", "kind": "Namespace"} in project["clusterResourceWhitelist"]
    done = repository.synth("validate", "prod")
    assert (
        "warning RT003: environments/prod.yaml:94:3: retired.mlflow: can go once Argo CD shows "
        "prod-mlflow as synced: git has nothing of it any more\n" in done.stdout
    )


def test_a_component_of_kubeflow_retires_like_any_application(repository: Repository) -> None:
    change(
        repository,
        "dev",
        kubeflow={"components": {"katib": False}},
        retired=[{"name": "kubeflow-katib", "kind": "application"}],
    )
    assert warnings(repository) == []
    folder = repository.root / "dist/dev/kubeflow-katib"
    assert [path.name for path in folder.iterdir()] == ["RETIRED.md"]
    project = document(repository, "argocd/dev/argocd/appproject.argoproj.io-dev.yaml")["spec"]
    crd = {"group": "apiextensions.k8s.io", "kind": "CustomResourceDefinition"}
    assert crd in project["clusterResourceWhitelist"]


def test_a_component_that_a_later_release_has_no_more_can_retire(repository: Repository) -> None:
    name = "kubeflow-oidc-authservice"
    repository.edit("environments/base.yaml", 'release: "1.8.1"', 'release: "1.9.1"')
    for environment in ("dev", "staging", "prod"):
        change(repository, environment, streams=[])
    assert any(
        line.startswith("warning: environments/dev.yaml") and f"{name} leaves" in line
        for line in warnings(repository)
    )
    change(repository, "dev", retired=[{"name": name, "kind": "application"}])
    assert [line for line in warnings(repository) if "dev.yaml" in line and name in line] == []
    assert (repository.root / "dist/dev" / name / "RETIRED.md").is_file()
    project = document(repository, "argocd/dev/argocd/appproject.argoproj.io-dev.yaml")["spec"]
    claim = {"group": "", "kind": "PersistentVolumeClaim"}
    assert claim in project["namespaceResourceWhitelist"]


def test_the_last_objects_of_a_kind_can_be_removed_while_their_application_stays(
    repository: Repository,
) -> None:
    dashboards = {"name": "dashboards", "kind": "application", "namespaces": ["monitoring"]}
    change(repository, "dev", observability={"grafana": None}, retired=[dashboards])
    assert warnings(repository) == []
    assert not list((repository.root / "dist/dev/observability").rglob("grafana*"))
    project = document(repository, "argocd/dev/argocd/appproject.argoproj.io-dev.yaml")["spec"]
    kind = {"group": "grafana.integreatly.org", "kind": "GrafanaAlertRuleGroup"}
    assert kind in project["namespaceResourceWhitelist"]


def test_a_teams_namespace_stays_permitted_as_long_as_it_is_retired(
    repository: Repository,
) -> None:
    other = [{"name": "vision", "owner": "vision@example.com"}]
    workflow = {
        "name": "nightly",
        "team": "vision",
        "schedule": "0 1 * * *",
        "steps": [
            {
                "name": "train",
                "image": "registry.example.com/vision/train:1.0.0",
                "command": ["train"],
            }
        ],
    }
    path = repository.root / "environments/dev.yaml"
    before = path.read_text()
    change(repository, "dev", workflows=[workflow], teams=other)
    repository.build()
    path.write_text(before)
    assert warnings(repository) == [
        "warning: environments/dev.yaml:2:1: retired: the last objects leave namespace vision, and "
        "Argo CD removes nothing where the project permits nothing; to have them removed, add "
        "{name: vision, kind: team}"
    ]
    change(repository, "dev", retired=[{"name": "vision", "kind": "team"}])
    assert warnings(repository) == []
    project = document(repository, "argocd/dev/argocd/appproject.argoproj.io-dev.yaml")["spec"]
    assert "vision" in [each.get("namespace") for each in project["destinations"]]


def test_what_is_still_there_and_what_never_was_cannot_retire(repository: Repository) -> None:
    change(
        repository,
        "prod",
        retired=[
            {"name": "models", "kind": "application"},
            {"name": "nlp", "kind": "team"},
            {"name": "mlfow", "kind": "application"},
        ],
    )
    done = repository.synth("build")
    assert done.returncode == 2
    *lines, where = done.stderr.splitlines()
    assert where == "`synth docs configuration#retired` has every key of retired"
    assert len(lines) == 3
    assert "retired.models: this application is still there: take one out" in lines[0]
    assert "retired.nlp: this team is still there: take one out" in lines[1]
    assert "retired.mlfow: there is no application 'mlfow' that could leave (known: " in lines[2]


def test_the_last_budget_and_the_last_inference_service_can_be_removed(
    repository: Repository,
) -> None:
    """Argo CD prunes no kind that the project does not permit, and the example has neither."""
    assert not list((repository.root / "dist/dev/models").rglob("poddisruptionbudget*"))
    project = document(repository, "argocd/dev/argocd/appproject.argoproj.io-dev.yaml")["spec"]
    for group, kind in (
        ("policy", "PodDisruptionBudget"),
        ("serving.kserve.io", "InferenceService"),
    ):
        assert {"group": group, "kind": kind} in project["namespaceResourceWhitelist"]


def test_what_argo_cd_cannot_do_on_an_upgrade_is_said_with_the_commands(
    repository: Repository,
) -> None:
    repository.edit("environments/base.yaml", 'release: "1.8.1"', 'release: "1.9.1"')
    repository.edit("environments/base.yaml", "seldon: true, ", "")
    for environment in ("base", "dev", "staging", "prod"):
        change(repository, environment, models=[])
    done = repository.synth("validate", "prod")
    kserve, line = sorted(line for line in done.stdout.splitlines() if "KF009" in line)
    assert kserve.endswith(
        "on the way from 1.8.1, inferenceservices.serving.kserve.io loses its conversion webhook, "
        "whose authority cert-manager has written and nobody takes away; once this is merged and "
        "prod-kubeflow-kserve fails, run: kubectl patch crd inferenceservices.serving.kserve.io "
        '--type=json -p \'[{"op": "remove", "path": "/spec/conversion"}]\''
    )
    assert line == (
        "warning KF009: environments/base.yaml:7:3: kubeflow.release: on the way from 1.8.1, "
        "objects of domainmappings.serving.knative.dev are stored as v1alpha1, which its CRD no "
        "longer has; once this is merged and prod-kubeflow-knative-serving fails, run: "
        "kubectl patch crd domainmappings.serving.knative.dev --type=json -p "
        '\'[{"op": "replace", "path": "/spec/versions/0/storage", "value": true}, '
        '{"op": "replace", "path": "/spec/versions/1/storage", "value": false}]\'; '
        "kubectl annotate domainmappings.serving.knative.dev --all --all-namespaces --overwrite "
        "stored-as=v1beta1; kubectl patch crd domainmappings.serving.knative.dev "
        '--subresource=status --type=merge -p \'{"status": {"storedVersions": ["v1beta1"]}}\''
    )
