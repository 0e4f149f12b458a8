"""The processor's image is made of what is tested here, and called as the example calls it."""

from __future__ import annotations

import re
from importlib.metadata import version

import yaml

from tests.repository import ROOT

IMAGE = ROOT / "images/processor"


def test_the_image_has_the_versions_that_are_tested() -> None:
    locked = re.findall(r"^(\S+)==(\S+)", (IMAGE / "requirements.txt").read_text(), flags=re.M)
    said = re.findall(r"^(\S+)==(\S+)", (IMAGE / "requirements.in").read_text(), flags=re.M)
    assert set(said) < set(locked)
    assert said == [(name, version(name)) for name, _ in said]


def test_the_example_names_the_image() -> None:
    base = yaml.safe_load((ROOT / "environments/base.yaml").read_text())
    [stream] = base["streams"]
    name = stream["processor"]["image"].partition("@")[0]
    assert f"as {name}." in (IMAGE / "Containerfile").read_text()
