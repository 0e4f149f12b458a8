"""Upstream's releases for the tests of this room."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth.catalog.kubeflow import load_release
from synth.render.cache import Cache
from tests.kubeflow.releases import Upstream, release_tree


@pytest.fixture
def upstream(
    request: pytest.FixtureRequest, common: Path, monkeypatch: pytest.MonkeyPatch
) -> Upstream:
    """The release that the test is parametrised with (1.8.1 otherwise), its files to be read."""
    monkeypatch.delenv("KFSYNTH_UPSTREAM", raising=False)
    release = getattr(request, "param", "1.8.1")
    tree = release_tree(common, release)
    return Upstream(load_release(release), tree, common, Cache(common / "cache"))
