"""Argo Events as an Application: what Argo CD is told, and what it may touch."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from synth.catalog.addons import ARGO_EVENTS_CHARTS, argo_events_objects
from synth.catalog.images import mirrored
from synth.cli.main import main
from synth.config.problems import ConfigurationError
from synth.kit.objects import Body
from synth.project import Project
from synth.render.cache import Cache
from synth.render.documents import load_all
from tests.app.examples import ENVIRONMENT, built
from tests.schemas import complaints

APPLICATION = "argocd/argocd/application.argoproj.io-test-argo-events.yaml"
RETRAINED = """\
addons: {argoEvents: {}}
observability: {}
kubeflow: {release: "1.8.1", components: {seldon: true}}
teams: [{name: nlp, owner: a@example.com}]
models:
  - name: sentiment
    team: nlp
    variants: [{name: stable, version: 7, artifact: "s3://models/7", traffic: 100}]
    server: {format: sklearn}
    objectives: {inputDrift: 0.2}
    retraining: {workflow: training}
workflows:
  - name: training
    team: nlp
    schedule: "0 * * * *"
    parameters: {model: sentiment, reason: schedule}
    steps: [{name: train, image: "train:1.0.0", command: [train]}]
"""


def application(files: dict[str, bytes]) -> Body:
    [body] = load_all(files[APPLICATION].decode())
    assert complaints("argo-cd-3.5.1.yaml", body) == []
    return body


def test_where_it_is_there_already_it_is_used_and_not_installed(
    project: Project, cache: Cache
) -> None:
    text = RETRAINED.replace("argoEvents: {}", "argoEvents: {install: false}")
    files, _ = built(project, cache, text)
    assert APPLICATION not in files
    assert "argocd/argocd/application.argoproj.io-test-events.yaml" in files


def test_it_is_a_pinned_chart_at_the_level_restricted(project: Project, cache: Cache) -> None:
    files, _ = built(project, cache, "addons: {argoEvents: {}}\n")
    spec = application(files)["spec"]
    chart = {key: spec["source"][key] for key in ("repoURL", "chart", "targetRevision")}
    assert chart == {
        "repoURL": "https://argoproj.github.io/argo-helm",
        "chart": "argo-events",
        "targetRevision": "2.4.21",
    }
    assert spec["destination"]["namespace"] == "argo-events"
    assert spec["syncPolicy"]["managedNamespaceMetadata"] == {
        "labels": {"pod-security.kubernetes.io/enforce": "restricted"}
    }
    values = spec["source"]["helm"]["valuesObject"]
    assert values["global"] == {
        "image": {"repository": "quay.io/argoproj/argo-events", "tag": "v1.9.10"},
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 9731,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }
    assert values["controller"]["containerSecurityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }
    assert values["fullnameOverride"] == "argo-events"
    assert values["crds"] == {
        "install": True,
        "annotations": {
            "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
            "argocd.argoproj.io/compare-options": "IgnoreExtraneous",
        },
    }


def test_no_bus_has_an_image_that_moves(project: Project, cache: Cache) -> None:
    files, _ = built(project, cache, "addons: {argoEvents: {}}\n")
    configs = application(files)["spec"]["source"]["helm"]["valuesObject"]["configs"]
    assert configs["nats"] == {"versions": []}
    versions = configs["jetstream"]["versions"]
    assert [each["version"] for each in versions] == ["2.10.29", "2.9.16"]
    for each in versions:
        assert each["natsImage"] == f"nats:{each['version']}"
        assert each["startCommand"] == "/nats-server"
        assert not [image for image in each.values() if image.endswith("latest")]


def test_the_project_permits_what_the_chart_creates_and_no_more(
    project: Project, cache: Cache
) -> None:
    _, permitted = built(project, cache, "addons: {argoEvents: {namespace: events}}\n")
    assert "https://argoproj.github.io/argo-helm" in permitted["sourceRepos"]
    kinds = {
        (each["group"], each["kind"])
        for scope in ("clusterResourceWhitelist", "namespaceResourceWhitelist")
        for each in permitted[scope]
    }
    assert kinds == {(each.group, each.kind) for each in argo_events_objects("events")}
    assert all(each.namespace in ("", "events") for each in argo_events_objects("events"))


def test_every_image_comes_from_the_mirror(
    project: Project, cache: Cache, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "registry: mirror.example.com\naddons: {argoEvents: {}}\n"
    files, _ = built(project, cache, text)
    values = application(files)["spec"]["source"]["helm"]["valuesObject"]
    image = values["global"]["image"]
    named = {f"{image['repository']}:{image['tag']}"}
    for each in values["configs"]["jetstream"]["versions"]:
        named |= {value for key, value in each.items() if key.endswith("Image")}
    assert main(["-C", str(project.root), "images", "-o", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["mirror"] for row in rows} == named
    assert {mirrored(row["image"], "mirror.example.com") for row in rows} == named
    assert {row["used_by"] for row in rows} == {"argo-events"}


def test_a_version_whose_chart_nobody_knows(project: Project, cache: Cache) -> None:
    with pytest.raises(ConfigurationError) as caught:
        built(project, cache, 'addons: {argoEvents: {version: "1.9.9"}}\n')
    assert str(caught.value) == (
        "environments/test.yaml:4:23: addons.argoEvents.version: nothing is known of a chart of "
        "Argo Events 1.9.9, which the project would have to permit: take 1.9.10"
    )
    assert list(ARGO_EVENTS_CHARTS) == ["1.9.10"]


def test_what_a_team_needs_comes_after_it(project: Project, cache: Cache) -> None:
    files, permitted = built(project, cache, RETRAINED)
    own = {name.partition("/")[2] for name in files if name.startswith("events/")}
    assert "nlp/sensor.argoproj.io-retraining.yaml" in own
    assert len(own) == 9
    waves = {}
    for name in ("argo-events", "events"):
        path = f"argocd/argocd/application.argoproj.io-test-{name}.yaml"
        [body] = load_all(files[path].decode())
        waves[name] = int(body["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"])
    assert waves == {"argo-events": 10, "events": 11}
    for kind in ("EventBus", "EventSource", "Sensor"):
        assert {"group": "argoproj.io", "kind": kind} in permitted["namespaceResourceWhitelist"]


def test_it_can_be_retired(project: Project, cache: Cache) -> None:
    retired = "retired: [{name: argo-events, kind: application, namespaces: [events]}]\n"
    files, permitted = built(project, cache, retired)
    assert "argo-events/RETIRED.md" in files
    assert "events" in [each.get("namespace") for each in permitted["destinations"]]


def test_a_retraining_without_it_is_refused(tmp_path: Path, cache: Cache) -> None:
    (tmp_path / "environments").mkdir()
    project = Project(tmp_path)
    with pytest.raises(ConfigurationError) as caught:
        built(project, cache, RETRAINED.partition("\n")[2])
    line = len(ENVIRONMENT.splitlines()) + 10
    assert str(caught.value) == (
        f"environments/test.yaml:{line}:5: models.sentiment.retraining: there is no Argo Events "
        "here to start it: add addons.argoEvents"
    )
