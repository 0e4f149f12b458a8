"""Knative's Kafka source as an Application: what Argo CD builds, from where, and what it may touch."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from synth.catalog.argocd import KUSTOMIZE
from synth.catalog.images import mirrored
from synth.catalog.knative_kafka import (
    FILES,
    IMAGES,
    NAMESPACE,
    POD_WEBHOOK,
    TRACING,
    addresses,
    brings_tracing,
    objects,
)
from synth.catalog.kubeflow import RELEASES, load_release
from synth.cli.main import main
from synth.cli.steps import Silence
from synth.config.problems import ConfigurationError
from synth.domains.knative import kustomization
from synth.kit.objects import Body, Identity, identity, manifest
from synth.pipeline import build, write
from synth.project import Project
from synth.render.cache import Cache
from synth.render.documents import dump, load_all
from synth.render.kustomize import Kustomize
from tests.app.examples import ENVIRONMENT, built
from tests.schemas import complaints
from tests.shared import argocd_kustomize, kustomize

INSTALLED = "addons: {knativeKafka: {install: true}}\n"
APPLICATION = "argocd/argocd/application.argoproj.io-test-knative-kafka.yaml"
FILE = "knative-kafka/kustomization.yaml"
GITHUB = "https://github.com/knative-extensions/eventing-kafka-broker/releases/download"
PROTECTED = {
    "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
    "argocd.argoproj.io/compare-options": "IgnoreExtraneous",
}


def of(files: dict[str, bytes], name: str) -> Any:
    (body,) = load_all(files[name].decode())
    return body


def test_argo_cd_builds_it_from_release_files_before_the_streams(
    project: Project, cache: Cache
) -> None:
    files, permitted = built(project, cache, INSTALLED)
    assert [name for name in files if not name.startswith("argocd/")] == [FILE]
    body = of(files, APPLICATION)
    assert complaints("argo-cd-3.5.1.yaml", body) == []
    assert body["metadata"]["annotations"] == {
        "argocd.argoproj.io/sync-wave": "10",
        "argocd.argoproj.io/compare-options": "ServerSideDiff=true",
        "argocd.argoproj.io/manifest-generate-paths": ".",
    }
    assert body["spec"]["source"] == {
        "repoURL": "https://git.example.com/platform.git",
        "targetRevision": "main",
        "path": "dist/test/knative-kafka",
    }
    assert body["spec"]["destination"] == {"server": "https://test.k8s.example.com"}
    assert body["spec"]["syncPolicy"]["automated"] == {"prune": True, "selfHeal": True}
    assert "ignoreDifferences" not in body["spec"]
    assert permitted["sourceRepos"] == ["https://git.example.com/platform.git"]
    assert of(files, FILE) == {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [
            f"{GITHUB}/knative-v1.10.6/eventing-kafka-controller.yaml",
            f"{GITHUB}/knative-v1.10.6/eventing-kafka-source.yaml",
        ],
        "patches": [
            {
                "patch": "apiVersion: v1\nkind: CustomResourceDefinition\nmetadata:\n  name: any\n"
                "  annotations:\n"
                "    argocd.argoproj.io/sync-options: Prune=false,Delete=false\n"
                "    argocd.argoproj.io/compare-options: IgnoreExtraneous\n",
                "target": {"group": "apiextensions.k8s.io", "kind": "CustomResourceDefinition"},
            },
            {
                "patch": "$patch: delete\napiVersion: v1\nkind: ConfigMap\nmetadata:\n"
                "  name: config-tracing\n  namespace: knative-eventing\n",
            },
            {
                "patch": "- op: add\n  path: /webhooks/0/namespaceSelector/matchExpressions\n"
                "  value: [{key: webhooks.knative.dev/exclude, operator: DoesNotExist}]\n",
                "target": {
                    "kind": "MutatingWebhookConfiguration",
                    "name": "pods.defaulting.webhook.kafka.eventing.knative.dev",
                },
            },
        ],
    }


def test_what_is_there_already_is_not_installed(project: Project, cache: Cache) -> None:
    files, _ = built(project, cache, "addons: {knativeKafka: {}}\n")
    assert APPLICATION not in files
    assert FILE not in files


def test_the_project_permits_what_the_files_create_and_no_more(
    project: Project, cache: Cache
) -> None:
    _, permitted = built(project, cache, INSTALLED)
    server = "https://test.k8s.example.com"
    assert permitted["destinations"] == [
        {"server": server},
        {"server": server, "namespace": "knative-eventing"},
    ]
    assert permitted["clusterResourceWhitelist"] == [
        {"group": "admissionregistration.k8s.io", "kind": "MutatingWebhookConfiguration"},
        {"group": "admissionregistration.k8s.io", "kind": "ValidatingWebhookConfiguration"},
        {"group": "apiextensions.k8s.io", "kind": "CustomResourceDefinition"},
        {"group": "rbac.authorization.k8s.io", "kind": "ClusterRole"},
        {"group": "rbac.authorization.k8s.io", "kind": "ClusterRoleBinding"},
    ]
    assert permitted["namespaceResourceWhitelist"] == [
        {"group": "", "kind": "ConfigMap"},
        {"group": "", "kind": "Secret"},
        {"group": "", "kind": "Service"},
        {"group": "", "kind": "ServiceAccount"},
        {"group": "apps", "kind": "Deployment"},
        {"group": "apps", "kind": "StatefulSet"},
    ]


@pytest.mark.parametrize("release", RELEASES)
def test_nothing_of_it_is_kubeflows_too(release: str) -> None:
    owners = load_release(release).owners
    assert owners[TRACING] == "knative-eventing"
    assert not owners.keys() & {each for version in IMAGES for each in objects(version)}


def stand_in(each: Identity, version: str) -> Body:
    """An object as small as the patches allow, in the place of one of upstream's."""
    api_version = f"{each.group}/v1" if each.group else "v1"
    content: dict[str, Any] = {}
    if each.kind == "CustomResourceDefinition":
        return manifest(api_version, each.kind, each.name, annotations={"of": "upstream"})
    if each.kind == "MutatingWebhookConfiguration":
        selector = {"matchLabels": {"kubernetes.io/metadata.name": NAMESPACE}}
        selected = {"namespaceSelector": selector} if each.name == POD_WEBHOOK else {}
        content = {"webhooks": [{"name": each.name, **selected}]}
    if each.kind in ("Deployment", "StatefulSet"):
        names = ("kafka-controller", "kafka-webhook-eventing", "kafka-source-dispatcher")
        image = dict(zip(names, IMAGES[version], strict=True))[each.name]
        content = {"spec": {"template": {"spec": {"containers": [{"name": "a", "image": image}]}}}}
    return manifest(api_version, each.kind, each.name, namespace=each.namespace, **content)


def stand_ins(version: str) -> dict[str, str]:
    """In the place of both files of a version, by name."""
    every = {*objects(version), *([TRACING] if brings_tracing(version) else [])}
    source = {each for each in every if each.kind == "StatefulSet"}
    return {
        name: "---\n".join(dump(stand_in(each, version)) for each in sorted(mine))
        for name, mine in zip(FILES, (every - source, source), strict=True)
    }


def made(version: str, folder: Path, tool: Kustomize, registry: str | None = None) -> list[Body]:
    """What a Kustomize makes of the application with stand-ins in the place of both files."""
    text = dump(kustomization(version, registry=registry)["kustomization.yaml"])
    files = stand_ins(version)
    for address, name in zip(addresses(version), files, strict=True):
        assert address in text
        text = text.replace(address, name)
    for name, content in {**files, "kustomization.yaml": text}.items():
        (folder / name).write_text(content)
    return load_all(tool.build(folder))


@pytest.mark.parametrize(
    ("version", "count"), [("1.10.6", 37), ("1.12.9", 37), ("1.20.3", 35), ("1.21.0", 35)]
)
def test_what_argo_cd_makes_of_it_is_what_the_project_permits(
    version: str, count: int, tmp_path: Path
) -> None:
    bodies = made(version, tmp_path, argocd_kustomize(KUSTOMIZE["3.2"]))
    assert {identity(body) for body in bodies} == set(objects(version))
    assert len(bodies) == count
    annotated = {
        body["metadata"]["name"]: body["metadata"]["annotations"]
        for body in bodies
        if "annotations" in body["metadata"]
    }
    assert len(annotated) == 5
    assert all(each == {"of": "upstream", **PROTECTED} for each in annotated.values())
    [webhook] = [body for body in bodies if body["metadata"]["name"] == POD_WEBHOOK]
    assert webhook["webhooks"][0]["namespaceSelector"] == {
        "matchLabels": {"kubernetes.io/metadata.name": "knative-eventing"},
        "matchExpressions": [{"key": "webhooks.knative.dev/exclude", "operator": "DoesNotExist"}],
    }


@pytest.mark.parametrize("version", IMAGES)
def test_every_image_comes_from_the_mirror(version: str, tmp_path: Path) -> None:
    mirror = "mirror.example.com/all"
    text = "\n".join(map(dump, made(version, tmp_path, kustomize(), mirror)))
    found = re.findall(r"image: '?([^\s']+)", text)
    assert sorted(found) == sorted(mirrored(image, mirror) for image in IMAGES[version])
    assert len(found) == 3


def test_the_list_of_images_has_its_own(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    text = 'addons: {knativeKafka: {version: "1.21.0", install: true}}\n'
    (project.environments / "test.yaml").write_text(ENVIRONMENT + text)
    assert main(["-C", str(project.root), "images"]) == 0
    expected = sorted(f"test  knative-kafka  {image}" for image in IMAGES["1.21.0"])
    assert capsys.readouterr().out.splitlines() == expected


COPIED = "addons: {knativeKafka: {install: true, files: vendor/kafka}}\n"


def copied(project: Project, version: str) -> Path:
    """The folder that `COPIED` names, with stand-ins."""
    folder = project.root / "vendor/kafka"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in stand_ins(version).items():
        (folder / name).write_text(content)
    return folder


def test_copies_of_the_files_are_all_that_argo_cd_reads(
    project: Project, cache: Cache, tmp_path: Path
) -> None:
    folder = copied(project, "1.10.6")
    files, _ = built(project, cache, COPIED)
    assert of(files, FILE)["resources"] == list(FILES)
    for name in FILES:
        assert files[f"knative-kafka/{name}"] == (folder / name).read_bytes()
    target = tmp_path / "argocd"
    target.mkdir()
    for name, content in files.items():
        if name.startswith("knative-kafka/"):
            (target / Path(name).name).write_bytes(content)
    bodies = load_all(kustomize().build(target))
    assert {identity(body) for body in bodies} == set(objects("1.10.6"))


def test_a_copy_that_changes_is_copied_again(project: Project) -> None:
    folder = copied(project, "1.10.6")
    (project.environments / "test.yaml").write_text(ENVIRONMENT + COPIED)
    there = project.root / "dist/test/knative-kafka" / FILES[1]
    for comment in ("# one\n", "# two\n"):
        with (folder / FILES[1]).open("a") as file:
            file.write(comment)
        assert main(["-C", str(project.root), "build"]) == 0
        assert there.read_text().endswith(comment)


def test_copies_are_of_what_is_installed(project: Project, cache: Cache) -> None:
    with pytest.raises(ConfigurationError) as caught:
        built(project, cache, "addons: {knativeKafka: {files: vendor/kafka}}\n")
    assert str(caught.value) == (
        "environments/test.yaml:4:10: addons.knativeKafka: these are the files of what is installed "
        "here: add install: true"
    )


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (None, "it has no eventing-kafka-source.yaml"),
        (b"a: {", "it has no manifests"),
        (b"a: b\n", "it has no manifests"),
        (b"- a\n", "it has no manifests"),
        (b"\xff", "it has no manifests"),
        (b"", "it has no StatefulSet.apps knative-eventing/kafka-source-dispatcher"),
        (
            stand_ins("1.12.9")[FILES[1]].encode(),
            "it has no gcr.io/knative-releases/knative-kafka-broker-dispatcher:v1.10.6",
        ),
        (
            "---\n".join(
                [
                    stand_ins("1.10.6")[FILES[1]],
                    dump(manifest("v1", "Pod", "p", namespace="default")),
                ]
            ).encode(),
            "it has Pod default/p",
        ),
    ],
)
def test_a_copy_of_something_else_is_refused(
    project: Project, cache: Cache, content: bytes | None, wrong: str
) -> None:
    path = copied(project, "1.10.6") / FILES[1]
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        built(project, cache, COPIED)
    assert str(caught.value) == (
        "environments/test.yaml:4:40: addons.knativeKafka.files: vendor/kafka is no copy of "
        f"eventing-kafka-broker 1.10.6: {wrong}"
    )


def overlay(project: Project, patched: str) -> None:
    folder = project.overlays / "test/knative-kafka"
    folder.mkdir(parents=True)
    size = (
        "apiVersion: apps/v1\nkind: StatefulSet\n"
        f"metadata: {{name: {patched}, namespace: knative-eventing}}\n"
        "spec: {template: {spec: {priorityClassName: high}}}\n"
    )
    (folder / "size.yaml").write_text(size)
    (folder / "kustomization.yaml").write_text(
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
        "patches: [{path: size.yaml}]\nconfigMapGenerator: [{name: more, literals: [a=b]}]\n"
    )


def test_an_overlay_is_laid_over_it_by_argo_cd(project: Project, cache: Cache) -> None:
    overlay(project, "kafka-source-dispatcher")
    files, _ = built(project, cache, INSTALLED)
    assert of(files, FILE)["components"] == ["overlays/test"]
    for name in ("kustomization.yaml", "size.yaml"):
        copied = (project.overlays / "test/knative-kafka" / name).read_bytes()
        assert files[f"knative-kafka/overlays/test/{name}"] == copied


def test_an_overlay_over_what_is_not_there_is_told(project: Project, cache: Cache) -> None:
    overlay(project, "kafka-source-dispatchers")
    with pytest.raises(ConfigurationError) as caught:
        built(project, cache, INSTALLED)
    assert str(caught.value) == (
        "overlays/test/knative-kafka/kustomization.yaml:3:11: patches[0]: no object matches the "
        "patch of kind=StatefulSet, namespace=knative-eventing, name=kafka-source-dispatchers"
    )


def warnings(project: Project, cache: Cache, text: str) -> list[str]:
    """What is said when an environment becomes this one."""
    (project.environments / "test.yaml").write_text(ENVIRONMENT + text)
    result = build(project, cache, [], Silence())
    write(project, cache, result)
    return [str(each) for each in result.warnings]


STREAM = """\
teams: [{name: nlp, owner: a@example.com}]
streams:
  - name: comments
    team: nlp
    kafka: {bootstrapServers: ["kafka:9092"], topic: {name: comments}}
    source: {consumerGroup: comments}
    processor: {image: "registry.example.com/comments:1.0.0"}
"""
TEAM = STREAM.partition("streams:")[0]
RETIRED = "retired: [{name: %s, kind: application}]\n"


def test_it_retires_and_leaves_its_crds(project: Project, cache: Cache) -> None:
    overlay(project, "kafka-source-dispatcher")
    assert warnings(project, cache, INSTALLED) == []
    for path in (project.overlays / "test/knative-kafka").iterdir():
        path.unlink()
    (project.overlays / "test/knative-kafka").rmdir()
    assert warnings(project, cache, "") == [
        "environments/test.yaml:1:1: retired: knative-kafka leaves, and what it runs would stay on "
        "the cluster unmanaged; to have it removed, add {name: knative-kafka, kind: application}"
    ]
    files, permitted = built(project, cache, RETIRED % "knative-kafka")
    assert "knative-kafka/RETIRED.md" in files
    assert {"group": "apps", "kind": "StatefulSet"} in permitted["namespaceResourceWhitelist"]
    assert "knative-eventing" in [each.get("namespace") for each in permitted["destinations"]]


def test_it_retires_after_the_streams(project: Project, cache: Cache) -> None:
    def refused(text: str) -> str:
        with pytest.raises(ConfigurationError) as caught:
            warnings(project, cache, text)
        return str(caught.value)

    waits = (
        "cannot retire before streams, whose objects nothing else lets go of: retire these, and "
        "this in the place of them once Argo CD shows test-streams as synced"
    )
    assert warnings(project, cache, INSTALLED + STREAM) == []
    assert refused(TEAM + RETIRED % "knative-kafka") == (
        f"environments/test.yaml:5:11: retired.knative-kafka: {waits}"
    )
    both = (
        "retired:\n  - {name: streams, kind: application}\n"
        "  - {name: knative-kafka, kind: application}\n"
    )
    assert refused(TEAM + both) == f"environments/test.yaml:7:5: retired.knative-kafka: {waits}"
    assert warnings(project, cache, INSTALLED + TEAM + RETIRED % "streams") == []
    assert warnings(project, cache, TEAM + RETIRED % "knative-kafka") == []
