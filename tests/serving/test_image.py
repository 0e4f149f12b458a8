"""What the example says of its model server's image is what that image is made of."""

from __future__ import annotations

import re

import yaml

from tests.repository import ROOT


def test_the_example_names_the_libraries_that_its_image_has() -> None:
    base = yaml.safe_load((ROOT / "environments/base.yaml").read_text())
    locked = (ROOT / "images/model-server/requirements.txt").read_text()
    pins = dict(re.findall(r"^(\S+)==(\S+)", locked, flags=re.M))
    [model] = base["models"]
    assert model["server"]["libraries"] == {name: pins[name] for name in ("mlserver", "mlflow")}
    assert (
        f"as {model['server']['image']}."
        in (ROOT / "images/model-server/Containerfile").read_text()
    )
