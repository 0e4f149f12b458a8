"""Who wrote what, for constructs of anybody's."""

from __future__ import annotations

import inspect
from pathlib import Path

from cdk8s import ApiObject, App, Chart, Include
from constructs import Construct

from synth.kit.construct import Manifests
from synth.kit.objects import Body, Resource, manifest
from synth.render.collect import collect
from synth.render.documents import dump
from synth.render.makers import Maker, Place, observed


class Theirs(Construct):
    """A construct of another library."""

    def __init__(self, scope: Construct) -> None:
        super().__init__(scope, "theirs")
        ApiObject(self, "one", api_version="v1", kind="ConfigMap", metadata={"name": "theirs"})


def ours() -> Body:
    return labelled(manifest("v1", "ConfigMap", "ours"))


def labelled(body: Body) -> Body:
    """Hands on what it is given."""
    return {**body, "metadata": {**body["metadata"], "labels": {"a": "b"}}}


def by_hand() -> Body:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "by-hand"}}


def found(tmp_path: Path) -> dict[str, Maker]:
    (tmp_path / "included.yaml").write_text(dump(manifest("v1", "ConfigMap", "included")))

    def render() -> list[Resource]:
        app = App()
        chart = Chart(app, "chart")
        Theirs(chart)
        Include(chart, "file", url=str(tmp_path / "included.yaml"))
        Manifests(chart, "ours", [ours(), by_hand()])
        return collect(app)

    resources, makers, _ = observed(render)
    assert {each.body["metadata"]["name"] for each in resources} == {
        name for _, _, _, name in makers
    }
    return {this.name: maker for this, maker in makers.items()}


def line_of(thing: object) -> int:
    return inspect.getsourcelines(thing)[1]  # type: ignore[arg-type]


def test_the_class_and_the_function(tmp_path: Path) -> None:
    makers = found(tmp_path)
    assert makers["theirs"] == Maker(Place("Theirs", __file__, line_of(Theirs)), None)
    body = makers["ours"].body
    assert body == Place("ours", __file__, line_of(ours) + 1)
    assert makers["by-hand"].body == Place("by_hand", __file__, line_of(by_hand) + 1)
    included = makers["included"].construct
    assert included
    assert (included.name, included.file) == ("Include", "cdk8s/__init__.py")


def test_what_is_not_complete_is_nobody_s() -> None:
    _, makers, files = observed(lambda: {"kind": "ConfigMap", "metadata": {}, "apiVersion": "v1"})
    assert (makers, files) == ({}, {})
