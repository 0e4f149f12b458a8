"""Any cdk8s construct may stand in the tree beside our own leaves."""

from __future__ import annotations

from pathlib import Path

import pytest
from cdk8s import ApiObject, ApiObjectMetadata, App, Chart, Include
from constructs import Construct

from synth.kit.construct import Manifests
from synth.kit.objects import Origin, Resource, manifest
from synth.render.collect import IncompleteObjectError, collect

CONFIG_MAP = manifest("v1", "ConfigMap", "ours", namespace="a", data={"x": "1"})


def test_our_leaves_and_anyone_s_constructs_are_collected_with_their_origin(tmp_path: Path) -> None:
    (tmp_path / "included.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: included}\ndata: {'on': 'y'}\n"
    )
    app = App()
    chart = Chart(app, "models")
    leaf = Manifests(chart, "sentiment", [CONFIG_MAP], key="models.sentiment")
    ApiObject(
        leaf, "plain", api_version="v1", kind="Secret", metadata=ApiObjectMetadata(name="plain")
    )
    Include(Chart(app, "extras"), "file", url=str(tmp_path / "included.yaml"))

    assert collect(app) == [
        Resource("models", CONFIG_MAP, Origin("models/sentiment", "models.sentiment")),
        Resource(
            "models",
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "plain"}},
            Origin("models/sentiment/plain", "models.sentiment"),
        ),
        Resource(
            "extras",
            {
                "apiVersion": "v1",
                "data": {"on": "y"},
                "kind": "ConfigMap",
                "metadata": {"name": "included"},
            },
            Origin("extras/file/included-configmap", ""),
        ),
    ]


def test_a_construct_inherits_the_key_of_the_nearest_ancestor_that_has_one() -> None:
    app = App()
    outer = Manifests(Chart(app, "models"), "outer", [], key="models")
    Manifests(Construct(outer, "between"), "inner", [CONFIG_MAP])
    assert [resource.origin.key for resource in collect(app)] == ["models"]


def test_an_object_without_a_name_is_refused() -> None:
    app = App()
    Manifests(
        Chart(app, "models"), "x", [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}}]
    )
    with pytest.raises(IncompleteObjectError) as caught:
        collect(app)
    assert str(caught.value) == "models/x: an object without metadata.name"
