"""Upstream's releases for the tests of this room."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth.catalog.kubeflow import load_release
from synth.render.cache import Cache
from tests.kubeflow.releases import Upstream, release_tree

_EXAMPLES = "1.8.1"
"""The example's release, which stands for the others until everything is looked at."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What builds the other releases is for `make test-thorough`."""
    for item in items:
        here = Path(__file__).parent in item.path.parents
        callspec = getattr(item, "callspec", None)
        if here and callspec and callspec.params.get("upstream", _EXAMPLES) != _EXAMPLES:
            item.add_marker(pytest.mark.thorough)


@pytest.fixture
def upstream(
    request: pytest.FixtureRequest, common: Path, monkeypatch: pytest.MonkeyPatch
) -> Upstream:
    """The release that the test is parametrised with (the example's otherwise), its files to be read."""
    monkeypatch.delenv("KFSYNTH_UPSTREAM", raising=False)
    release = getattr(request, "param", _EXAMPLES)
    tree = release_tree(common, release)
    return Upstream(load_release(release), tree, common, Cache(common / "cache"))
