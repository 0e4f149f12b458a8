"""What others add to pods, as the releases say it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from synth.catalog.kubeflow import RELEASES
from synth.catalog.sidecars import (
    KSERVE_AGENT,
    SELDON_EXECUTOR,
    STORAGE_INITIALIZER,
    Resources,
    istio_proxy,
)
from synth.kit.objects import Body
from synth.kit.quantities import quantity
from synth.render.documents import load_all
from tests.kubeflow.releases import release_tree


def objects(folder: Path, kind: str, name: str) -> list[Body]:
    """Those of a folder's files that are called so; a patch comes after what it changes."""
    files = sorted(folder.rglob("*.yaml"), key=lambda path: (len(path.parts), path))
    return [
        body
        for path in files
        for document in path.read_text().split("\n---\n")
        if f"  name: {name}\n" in document and f"kind: {kind}\n" in document
        for body in load_all(document)
        if (body.get("kind"), body.get("metadata", {}).get("name")) == (kind, name)
    ]


def amounts(resources: Resources) -> dict[tuple[str, str], Any]:
    return {
        (kind, name): quantity(text)
        for kind, given in resources.items()
        for name, text in given.items()
    }


@pytest.mark.parametrize("release", RELEASES)
def test_the_mesh_asks_for_its_proxy_what_the_catalogue_says(common: Path, release: str) -> None:
    tree = release_tree(common, release) / "common"
    [folder] = [
        *tree.glob("istio/istio-install/base"),
        *tree.glob("istio-1-17/istio-install/base"),
        *tree.glob("istio-1-22/istio-install/base"),
    ]
    *_, injector = objects(folder, "ConfigMap", "istio-sidecar-injector")
    values = json.loads(injector["data"]["values"])
    env = [
        each
        for body in objects(folder, "Deployment", "istiod")
        for container in body["spec"]["template"]["spec"].get("containers", ())
        for each in container.get("env", ())
    ]
    proxy = istio_proxy(release)
    assert amounts(proxy["resources"]) == amounts(values["global"]["proxy"]["resources"])
    native = {"name": "ENABLE_NATIVE_SIDECARS", "value": "true"} in env
    assert native == (proxy.get("restartPolicy") == "Always")


@pytest.mark.parametrize("release", ["1.8.1", "1.9.1"])
def test_seldon_gives_its_executor_what_the_catalogue_says(common: Path, release: str) -> None:
    folder = release_tree(common, release) / "contrib/seldon/seldon-core-operator/base"
    [operator] = objects(folder, "Deployment", "seldon-controller-manager")
    env = {
        each["name"]: each.get("value")
        for each in operator["spec"]["template"]["spec"]["containers"][0]["env"]
    }
    for (kind, name), amount in amounts(SELDON_EXECUTOR).items():
        said = env[f"EXECUTOR_DEFAULT_{name.upper()}_{kind.removesuffix('s').upper()}"]
        assert quantity(said) == amount


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    ("key", "resources"), [("storageInitializer", STORAGE_INITIALIZER), ("logger", KSERVE_AGENT)]
)
def test_kserve_gives_its_containers_what_the_catalogue_says(
    common: Path, release: str, key: str, resources: Resources
) -> None:
    [path] = release_tree(common, release).glob("*/kserve/kserve/kserve_kubeflow.yaml")
    [said] = re.findall(rf"^  {key}: \|-\n((?:    .*\n)+)", path.read_text(), re.MULTILINE)
    given = json.loads(said)
    for (kind, name), amount in amounts(resources).items():
        assert quantity(given[f"{name}{kind.removesuffix('s').capitalize()}"]) == amount


@pytest.mark.parametrize("release", RELEASES)
def test_knative_is_told_nothing_of_its_container(common: Path, release: str) -> None:
    tree = release_tree(common, release)
    folder = tree / "common/knative/knative-serving/base/upstream"
    [config] = objects(folder, "ConfigMap", "config-deployment")
    said = config["data"]
    assert {key for key in said if key.startswith("queue-sidecar")} == {"queue-sidecar-image"}
