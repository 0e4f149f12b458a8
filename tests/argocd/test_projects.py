"""AppProjects permit what the applications own and what is retired, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

import pytest
from cdk8s import App, Chart

from synth.catalog.kubeflow import load_release
from synth.config.gitops import Cluster, Gitops
from synth.config.platform import Retired
from synth.domains.argocd import Projects, retired_objects
from synth.kit.application import Application, HelmChart
from synth.kit.objects import Body, Identity
from tests.schemas import complaints

GITOPS = Gitops(repo_url="https://git.example.com/ml/platform.git")
SERVER = "https://prod.example.com"
CLUSTER = Cluster(server=SERVER, kubernetes="1.26")
APPLICATIONS = (
    Application("teams", 10, (Identity("kubeflow.org", "Profile", "", "nlp"),)),
    Application(
        "models",
        11,
        (
            Identity("machinelearning.seldon.io", "SeldonDeployment", "nlp", "sentiment"),
            Identity("machinelearning.seldon.io", "SeldonDeployment", "vision", "labels"),
        ),
    ),
    Application(
        "strimzi",
        -1,
        (Identity("", "Namespace", "", "strimzi"),),
        HelmChart("https://strimzi.io/charts/", "strimzi-kafka-operator", "0.45.1"),
        "strimzi",
    ),
)


def made(retired: Collection[Identity] = ()) -> dict[str, Body]:
    construct = Projects(
        Chart(App(), "bootstrap"),
        environment="prod",
        gitops=GITOPS,
        cluster=CLUSTER,
        applications=APPLICATIONS,
        retired=retired,
    )
    assert construct.key == "gitops"
    for body in construct.objects:
        assert complaints("argo-cd-3.5.1.yaml", body) == []
    return {body["metadata"]["name"]: body["spec"] for body in construct.objects}


def permits(spec: Body, identity: Identity, server: str = SERVER) -> bool:
    """What Argo CD says (app_project_types.go, IsResourcePermitted)."""
    kinds = spec["namespaceResourceWhitelist" if identity.namespace else "clusterResourceWhitelist"]
    if {"group": identity.group, "kind": identity.kind} not in kinds:
        return False
    return not identity.namespace or reaches(spec, server, identity.namespace)


def reaches(spec: Body, server: str, namespace: str) -> bool:
    return any(
        item.get("server") == server and item.get("namespace", "") == namespace
        for item in spec["destinations"]
    )


def test_the_environments_project() -> None:
    assert made()["prod"] == {
        "description": "What runs in prod",
        "sourceRepos": ["https://git.example.com/ml/platform.git", "https://strimzi.io/charts/"],
        "destinations": [
            {"server": SERVER},
            {"server": SERVER, "namespace": "nlp"},
            {"server": SERVER, "namespace": "strimzi"},
            {"server": SERVER, "namespace": "vision"},
        ],
        "clusterResourceWhitelist": [
            {"group": "", "kind": "Namespace"},
            {"group": "kubeflow.org", "kind": "Profile"},
        ],
        "namespaceResourceWhitelist": [
            {"group": "machinelearning.seldon.io", "kind": "SeldonDeployment"}
        ],
    }


def test_bootstrap_and_root_have_a_project_of_their_own() -> None:
    assert made()["prod-gitops"] == {
        "description": "The Applications and projects of prod",
        "sourceRepos": ["https://git.example.com/ml/platform.git"],
        "destinations": [{"server": "https://kubernetes.default.svc", "namespace": "argocd"}],
        "clusterResourceWhitelist": [],
        "namespaceResourceWhitelist": [
            {"group": "", "kind": "ConfigMap"},
            {"group": "argoproj.io", "kind": "AppProject"},
            {"group": "argoproj.io", "kind": "Application"},
        ],
    }


def test_every_application_reaches_its_destination() -> None:
    """One without a namespace matches only a destination without one."""
    for application in APPLICATIONS:
        assert reaches(made()["prod"], SERVER, application.namespace)


def test_what_is_owned_is_permitted_and_nothing_else() -> None:
    spec = made()["prod"]
    for application in APPLICATIONS:
        for identity in application.objects:
            assert permits(spec, identity), identity
    model = APPLICATIONS[1].objects[0]
    for other in (
        model._replace(namespace="finance"),
        model._replace(kind="Secret", group=""),
        Identity("rbac.authorization.k8s.io", "ClusterRole", "", "admin"),
    ):
        assert not permits(spec, other), other


def test_no_environments_project_permits_argo_cds_own_kinds() -> None:
    own = [Identity("argoproj.io", kind, "nlp", "x") for kind in ("Application", "AppProject")]
    spec = made(retired=own)["prod"]
    assert not any(permits(spec, identity) for identity in own)


def test_nothing_is_permitted_by_a_pattern() -> None:
    for spec in made().values():
        assert "*" not in str(spec)


def retired(*entries: dict[str, str]) -> frozenset[Identity]:
    models = [Retired.model_validate(entry) for entry in entries]
    return retired_objects(models, teams=("nlp",), release=load_release("1.8.1"))


@pytest.mark.parametrize(
    ("entry", "permitted", "refused"),
    [
        (
            {"application": "workflows"},
            Identity("argoproj.io", "CronWorkflow", "nlp", "training"),
            Identity("argoproj.io", "CronWorkflow", "gone", "training"),
        ),
        (
            {"application": "mlflow"},
            Identity("apps", "Deployment", "mlflow", "mlflow"),
            Identity("apps", "Deployment", "nlp", "mlflow"),
        ),
        (
            {"team": "gone"},
            Identity("machinelearning.seldon.io", "SeldonDeployment", "gone", "x"),
            Identity("machinelearning.seldon.io", "SeldonDeployment", "elsewhere", "x"),
        ),
        (
            {"component": "katib"},
            Identity("apps", "Deployment", "kubeflow", "katib-ui"),
            Identity("apps", "DaemonSet", "kubeflow", "katib-ui"),
        ),
        (
            {"addon": "prometheus"},
            Identity("monitoring.coreos.com", "Prometheus", "monitoring", "prometheus"),
            Identity("monitoring.coreos.com", "Prometheus", "nlp", "prometheus"),
        ),
    ],
)
def test_what_is_retired_may_still_be_pruned(
    entry: dict[str, str], permitted: Identity, refused: Identity
) -> None:
    spec = made(retired(entry))["prod"]
    assert permits(spec, permitted)
    assert not permits(spec, refused)


def test_applications_and_teams_may_go_together() -> None:
    spec = made(retired({"application": "streams"}, {"team": "gone"}))["prod"]
    assert permits(spec, Identity("sources.knative.dev", "KafkaSource", "gone", "comments"))


def test_a_component_that_never_was_cannot_go() -> None:
    said = "there is no component 'kati' to retire (there: admission-webhook, "
    with pytest.raises(ValueError, match=re.escape(said)):
        retired({"component": "kati"})
    with pytest.raises(ValueError) as caught:
        retired_objects([Retired(component="katib")], teams=(), release=None)
    assert str(caught.value) == "there is no component 'katib' to retire (there: none)"


def test_the_committed_example_has_no_kind_that_could_not_be_retired(
    own_objects: dict[str, set[tuple[str, str]]],
) -> None:
    """What each application of our own renders is what `retired:` knows of it."""
    for name, kinds in own_objects.items():
        known = {(each.group, each.kind) for each in retired({"application": name})}
        # Topics hold data and are never pruned.
        assert kinds - {("kafka.strimzi.io", "KafkaTopic")} <= known, name


@pytest.fixture
def own_objects() -> dict[str, set[tuple[str, str]]]:
    from pathlib import Path
    from typing import get_args

    from synth.config.platform import OwnApplication
    from synth.kit.objects import identity
    from synth.render.documents import load_all

    dist = Path(__file__).parents[2] / "dist"
    found: dict[str, set[tuple[str, str]]] = {}
    for name in get_args(OwnApplication):
        for path in dist.glob(f"*/{name}/**/*.yaml"):
            body: Any = load_all(path.read_text())[0]
            each = identity(body)
            found.setdefault(name, set()).add((each.group, each.kind))
    return found
