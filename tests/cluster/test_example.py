"""The committed example's prod, by reference, on a real Argo CD: what a team does to it, and what
must never happen.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from synth.catalog.kubeflow import AUTHORITY, NAMESPACE, REPOSITORY, load_release
from synth.kit.objects import Body, manifest
from synth.render.documents import dump, load_all
from tests.cluster.argocd import Application
from tests.cluster.conftest import Releases, Upstream
from tests.cluster.control_plane import Uids, assert_kept
from tests.cluster.example import Example
from tests.cluster.platform import Platform, platform
from tests.kubeflow.comparison import by_name, differences
from tests.repository import ROOT
from tests.servers import wait_for

RELEASE = "1.8.1"
MODEL = ("seldondeployments.machinelearning.seldon.io", "sentiment", "nlp")


@pytest.fixture(scope="module")
def upstream(releases: Releases) -> Upstream:
    """What stands in for upstream's repository."""
    return releases.repository(RELEASE)


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of git's configuration and log, as the repo-server has them."""
    return tmp_path_factory.mktemp("git")


@pytest.fixture(scope="module")
def prod(
    upstream: Upstream,
    traced: Path,
    programs: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Platform]:
    """The example's prod, as it is committed but for its addresses, installed and at rest.

    All at once: waves spare a first installation its failures, and nothing depends on them.
    """
    commits = {load_release(RELEASE).commit: upstream.commit}
    folder = tmp_path_factory.mktemp("example")
    with platform(folder, "prod", upstream.environment(traced), commits) as it:
        it.example.write("prod", url=it.git.url)
        it.build()
        for path in (it.git.tree / it.applications).rglob("*.yaml"):
            text, count = re.subn(r"sync-wave: '\d+'", "sync-wave: '0'", path.read_text())
            assert count == 1
            path.write_text(text)
        it.push("The example, all at once")
        it.bootstrap()
        it.rest()
        it.publish("The example")
        yield it


@pytest.fixture(autouse=True)
def restored(prod: Platform) -> Iterator[None]:
    """Every test finds the example at rest, and leaves its commits behind."""
    prod.rest()
    head = prod.git.head()
    yield
    if prod.git.head() != head:
        prod.git.restore(head)
        prod.argocd.refresh()


def live(prod: Platform, kind: str, name: str, namespace: str) -> Body | None:
    done = prod.plane.try_kubectl("get", kind, name, "-n", namespace, "-o", "json")
    body: Body | None = json.loads(done.stdout) if done.returncode == 0 else None
    return body


def weights(prod: Platform) -> dict[str, int]:
    body = live(prod, *MODEL)
    return {each["name"]: each["traffic"] for each in body["spec"]["predictors"]} if body else {}


def edit(prod: Platform, **sections: Any) -> None:
    """Write sections of prod's file."""
    for key, value in sections.items():
        prod.example.set("prod", key, value)


def test_everything_converged_with_all_waves_made_equal(prod: Platform) -> None:
    created = [each.created for each in prod.rest().values() if each.wave is not None]
    assert len(created) > 20
    assert max(created) - min(created) < timedelta(seconds=15)


def test_the_repo_servers_own_manifests_are_the_hydrated_ones(
    prod: Platform, upstream: Upstream, traced: Path, releases: Releases, tmp_path: Path
) -> None:
    hydrated = Example(tmp_path, tmp_path / "cache")
    hydrated.write("prod", url=prod.git.url)
    hydrated.release(RELEASE, "hydrated", releases.tree(RELEASE), "prod")
    hydrated.build()
    release = load_release(RELEASE)
    enabled = release.enabled({"seldon": True, "user-namespace": False})
    for component in enabled:
        name = f"kubeflow-{component.name}"
        ours = [without_tracking(each) for each in prod.argocd.manifests(prod.application(name))]
        theirs = [
            body
            for path in (tmp_path / "dist/prod" / name).rglob("*.yaml")
            for body in load_all(path.read_text())
        ]
        # What the settings of Argo CD keep quiet where upstream's files are built as they are.
        left = {
            (str(each.object), each.pointer)
            for each in component.drift
            if not each.pointer.endswith((AUTHORITY, NAMESPACE))
        }
        found = differences(by_name(ours), by_name(theirs))
        assert {(each.object, each.pointer.partition("#")[0]) for each in found} == left, name
    fetched = [line for line in (traced / "git.log").read_text().splitlines() if "fetch" in line]
    pinned = [line for line in fetched if REPOSITORY in line or upstream.commit in line]
    assert any(upstream.commit in line for line in pinned), fetched[:5]


def without_tracking(body: Body) -> Body:
    """The object without the annotation by which Argo CD knows its own."""
    annotations = body["metadata"].get("annotations") or {}
    annotations.pop("argocd.argoproj.io/tracking-id", None)
    if not annotations:
        body["metadata"].pop("annotations", None)
    return body


def test_every_object_is_accepted_with_strict_validation(prod: Platform) -> None:
    """By the API server, with a server-side apply: prod's as Argo CD has them, and the committed
    ones of the other environments.
    """
    bodies = [
        without_tracking(body)
        for name in prod.argocd.applications()
        for body in prod.argocd.manifests(name)
    ]
    bodies += [
        body
        for environment in ("dev", "staging")
        for tree in ("dist", "argocd")
        for path in sorted((ROOT / tree / environment).rglob("*.yaml"))
        if not path.relative_to(ROOT / tree / environment).parts[0].startswith("kubeflow-")
        for body in load_all(path.read_text())
    ]
    # What is tried and not kept needs a namespace that is there.
    for body in bodies:
        if body["kind"] == "Namespace":
            prod.plane.try_kubectl("create", "namespace", body["metadata"]["name"])
    assert prod.plane.accepted(bodies) == len(bodies)


def test_a_changed_weight_syncs_its_application_alone_and_its_revert_brings_it_back(
    prod: Platform,
) -> None:
    before = {name: each.syncs for name, each in prod.argocd.applications().items()}
    assert weights(prod) == {"stable": 90, "canary": 10}
    edit(prod, **{"models.0.variants.0.traffic": 75, "models.0.variants.1.traffic": 25})
    prod.publish("canary 10 → 25")
    after = {name: each.syncs for name, each in prod.rest().items()}
    assert {name for name in after if after[name] != before[name]} == {"prod-models"}
    assert weights(prod) == {"stable": 75, "canary": 25}
    prod.git.revert()
    prod.argocd.refresh()
    again = {name: each.syncs for name, each in prod.rest().items()}
    assert {name for name in again if again[name] != after[name]} == {"prod-models"}
    assert weights(prod) == {"stable": 90, "canary": 10}


def test_an_edit_by_hand_is_undone(prod: Platform) -> None:
    kind, name, namespace = MODEL
    patch = [{"op": "replace", "path": "/spec/predictors/0/traffic", "value": 50}]
    patch += [{"op": "replace", "path": "/spec/predictors/1/traffic", "value": 50}]
    prod.plane.kubectl("patch", kind, name, "-n", namespace, "--type=json", "-p", json.dumps(patch))
    prod.plane.kubectl("delete", "serviceaccount", "mlflow", "-n", "mlflow")
    wait_for("the weights", lambda: weights(prod) == {"stable": 90, "canary": 10})
    wait_for(
        "the service account", lambda: live(prod, "serviceaccount", "mlflow", "mlflow") is not None
    )
    prod.rest()


def test_a_direct_change_of_a_model_stays_until_git_says_something_new(prod: Platform) -> None:
    edit(prod, policy={**prod.example.read("prod")["policy"], "directChanges": True})
    prod.publish("Workflows may change models")
    prod.rest()
    kind, name, namespace = MODEL
    patch = [
        {"op": "replace", "path": f"/spec/predictors/{index}/traffic", "value": 50}
        for index in range(2)
    ]
    prod.plane.kubectl("patch", kind, name, "-n", namespace, "--type=json", "-p", json.dumps(patch))
    prod.argocd.wait_until(
        "seen as out of sync", lambda found: found["prod-models"].sync == "OutOfSync", 60
    )
    for found in prod.argocd.watch(15):
        assert found["prod-models"].sync == "OutOfSync"
    assert weights(prod) == {"stable": 50, "canary": 50}
    edit(prod, **{"models.0.variants.0.traffic": 75, "models.0.variants.1.traffic": 25})
    prod.publish("git says something new")
    prod.rest()
    assert weights(prod) == {"stable": 75, "canary": 25}


def test_what_leaves_git_is_pruned_the_last_of_its_kind_too(prod: Platform) -> None:
    alerts = ("grafanaalertrulegroups.grafana.integreatly.org", "sentiment", "nlp")
    assert live(prod, *alerts)
    edit(prod, observability={"grafana": None})
    prod.publish("No alerts in Grafana")
    prod.rest()
    assert live(prod, *alerts) is None


def test_a_retired_application_is_removed_but_for_what_holds_data(prod: Platform) -> None:
    before = prod.plane.uids()
    edit(
        prod,
        mlflow=None,
        retired=[
            {"name": "mlflow", "kind": "application", "namespaces": ["mlflow"]},
            {"name": "kubeflow-katib", "kind": "application"},
        ],
        kubeflow={"components": {"katib": False}},
    )
    prod.publish("Without MLflow and Katib")
    prod.rest()
    assert live(prod, "deployment", "mlflow", "mlflow") is None
    assert live(prod, "deployment", "katib-controller", "kubeflow") is None
    claim = live(prod, "persistentvolumeclaim", "katib-mysql", "kubeflow")
    assert claim
    assert claim["status"]["phase"] == "Bound"
    assert_kept(before, prod.plane.uids())
    edit(prod, retired=[])
    prod.publish("They are gone")
    assert {"prod-mlflow", "prod-kubeflow-katib"}.isdisjoint(prod.rest())
    assert_kept(before, prod.plane.uids())


def test_a_retired_teams_objects_are_removed_but_for_its_profile(prod: Platform) -> None:
    step = {"name": "train", "image": "registry.example.com/vision:1.0.0", "command": ["train"]}
    workflow = {"name": "nightly", "team": "vision", "schedule": "0 1 * * *", "steps": [step]}
    teams = prod.example.read("prod")["teams"]
    edit(prod, teams=[*teams, {"name": "vision", "owner": "v@example.com"}], workflows=[workflow])
    prod.publish("A team")
    prod.rest()
    before = prod.plane.uids()
    assert live(prod, "cronworkflows.argoproj.io", "nightly", "vision")
    edit(prod, teams=teams, retired=[{"name": "vision", "kind": "team"}])
    prod.example.remove("prod", "workflows")
    prod.publish("The team has left")
    prod.rest()
    assert live(prod, "cronworkflows.argoproj.io", "nightly", "vision") is None
    assert live(prod, "serviceaccount", "nightly", "vision") is None
    assert_kept(before, prod.plane.uids())


def test_an_application_that_leaves_unsaid_leaves_everything_behind(prod: Platform) -> None:
    """Applications carry no finalizer."""
    before = prod.plane.uids()
    deployment = live(prod, "deployment", "mlflow", "mlflow")
    assert deployment
    for each in prod.argocd.applications().values():
        assert "finalizers" not in each.body["metadata"]
    edit(prod, mlflow=None)
    prod.publish("Without MLflow, unsaid")
    assert "prod-mlflow" not in prod.rest()
    left = live(prod, "deployment", "mlflow", "mlflow")
    assert left
    assert left["metadata"]["uid"] == deployment["metadata"]["uid"]
    assert_kept(before, prod.plane.uids())


def test_what_moves_from_an_application_that_goes_to_another_stays_as_it_is(
    prod: Platform,
) -> None:
    """As Kubeflow 26.03 has the issuer in cert-manager's component."""
    before = prod.plane.uids()
    source, target = prod.folder("observability"), prod.folder("models")
    shutil.copytree(source, target, dirs_exist_ok=True)
    shutil.rmtree(source)
    prod.application_file("observability").unlink()
    prod.push("Alerts beside the models")
    assert "prod-observability" not in prod.rest()
    monitor = live(prod, "podmonitors.monitoring.coreos.com", "seldon-metrics", "nlp")
    assert monitor
    tracked = monitor["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"]
    assert tracked.startswith("prod-models:")
    assert_kept(before, prod.plane.uids())


@pytest.mark.parametrize(
    ("emptied", "left"),
    [(["dist/prod/models"], []), (["dist/prod/models"], ["README.md"]), (["dist", "argocd"], [])],
    ids=["a folder", "all files of a folder but one", "everything"],
)
def test_an_empty_commit_removes_nothing(
    prod: Platform, emptied: list[str], left: list[str]
) -> None:
    before = prod.plane.uids()
    for folder in emptied:
        shutil.rmtree(prod.git.tree / folder)
        for name in left:
            (prod.git.tree / folder).mkdir()
            (prod.git.tree / folder / name).write_text("Nothing here\n")
    prod.push("Nothing there")
    unmoved(prod, before)


def test_a_broken_commit_removes_nothing(prod: Platform) -> None:
    before = prod.plane.uids()
    for folder in (prod.folder("models"), prod.folder("teams"), prod.folder("kubeflow-katib")):
        for path in folder.rglob("*.yaml"):
            path.write_text(f"<<<<<<< ours\n{path.read_text()}")
    prod.push("Broken")
    unmoved(prod, before)


def unmoved(prod: Platform, before: Uids) -> None:
    """Nothing goes while Argo CD looks at git again."""
    for _ in range(2):
        for _ in prod.argocd.watch(15):
            pass
        prod.argocd.refresh()
    assert prod.plane.uids() == before


def test_a_project_refuses_what_its_environment_has_no_business_with(prod: Platform) -> None:
    """Another namespace, a kind that nothing of it has, an Application, another kind beside ours."""
    of_default = {
        "project": "default",
        "destination": {"server": "https://kubernetes.default.svc"},
        "source": {"repoURL": "https://git.example.com/x.git", "path": "."},
    }
    ingress = {"controller": "example.com/x"}
    intruders = [
        manifest("v1", "ConfigMap", "intruder", namespace="default", data={}),
        manifest("networking.k8s.io/v1", "IngressClass", "intruder", spec=ingress),
        manifest(
            "argoproj.io/v1alpha1", "Application", "intruder", namespace="argocd", spec=of_default
        ),
        manifest("networking.k8s.io/v1", "Ingress", "intruder", namespace="nlp", spec={}),
    ]
    for intruder in intruders:
        (prod.folder("models") / f"{intruder['kind']}.yaml").write_text(dump(intruder))
    prod.push("Intruders")
    prod.argocd.wait_until(
        "each of them refused",
        lambda found: {intruder["kind"] for intruder in intruders} <= refused(found["prod-models"]),
        90,
    )
    for intruder in intruders:
        namespace = intruder["metadata"].get("namespace", "default")
        assert live(prod, intruder["kind"], "intruder", namespace) is None


def refused(application: Application) -> set[str]:
    """The kinds of what its project did not permit in its last sync."""
    return {
        each["kind"]
        for each in application.operation.get("syncResult", {}).get("resources", [])
        if each["status"] == "SyncFailed" and "is not permitted in project" in each["message"]
    }


@pytest.mark.parametrize(
    ("stand_in", "application", "kind", "name", "namespace"),
    [
        ("seldon", "models", *MODEL),
        ("knative-serving", "streams", "services.serving.knative.dev", "comments-processor", "nlp"),
        ("knative-kafka", "streams", "kafkasources.sources.knative.dev", "comments", "nlp"),
        ("strimzi", "streams", "kafkatopics.kafka.strimzi.io", "comments", "kafka"),
        ("argo-events", "events", "sensors.argoproj.io", "retraining", "nlp"),
        (
            "grafana", "observability",
            "grafanaalertrulegroups.grafana.integreatly.org", "sentiment", "nlp",
        ),
        (
            "external-secrets", "kubeflow-dex",
            "externalsecrets.external-secrets.io", "dex-oidc-client", "auth",
        ),
    ],
)  # fmt: skip
def test_an_application_is_healthy_only_once_its_controllers_say_so(
    prod: Platform, stand_in: str, application: str, kind: str, name: str, namespace: str
) -> None:
    with prod.stand_ins.without(stand_in):
        prod.plane.kubectl("delete", kind, name, "-n", namespace)
        wait_for("Argo CD to make it again", lambda: live(prod, kind, name, namespace) is not None)
        its = prod.application(application)
        prod.argocd.wait_until("progressing", lambda found: found[its].health == "Progressing", 60)
        for found in prod.argocd.watch(10):
            assert found[its].health == "Progressing"
    prod.rest()


def test_a_renamed_environment_takes_everything_over_as_it_is(prod: Platform) -> None:
    """The last test: there is no way back from here."""
    before = prod.plane.uids()
    old = sorted(prod.argocd.applications().keys() - {"kfsynth-settings"})
    sources = prod.git.tree
    text = (sources / "environments/prod.yaml").read_text()
    assert "name: prod\n" in text
    (sources / "environments/production.yaml").write_text(
        text.replace("name: prod\n", "name: production\n")
    )
    (sources / "environments/prod.yaml").unlink()
    (sources / "overlays/prod").rename(sources / "overlays/production")
    renamed = replace(prod, environment="production")
    renamed.publish("prod is called production")
    # What the README tells an administrator to do.
    prod.plane.kubectl("delete", "applications.argoproj.io", "-n", "argocd", *old)
    prod.plane.kubectl("delete", "appprojects.argoproj.io", "-n", "argocd", "prod", "prod-gitops")
    prod.argocd.bootstrap(sources / "argocd/production")
    renamed.rest()
    assert_kept(before, prod.plane.uids())
