"""Fixtures that several rooms' tests share."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from synth.render.cache import Cache
from tests.shared import shared
from tools.upstream_archives import unpack_release

# How long an example takes says more about the machine than about the code.
settings.register_profile("kfsynth", deadline=None)
settings.load_profile("kfsynth")


@pytest.fixture(scope="session")
def upstream() -> dict[str, Path]:
    """Unpacked upstream trees by release, filled as tests ask through `release_tree`."""
    return {}


@pytest.fixture
def release_tree(
    request: pytest.FixtureRequest,
    upstream: dict[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The tree of the release that the test is parametrised with (1.8.1 otherwise)."""
    release = getattr(request, "param", "1.8.1")
    if release not in upstream:
        folder = tmp_path_factory.mktemp(f"kubeflow-{release}")
        upstream[release] = unpack_release(shared(), release, folder)
    return upstream[release]


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    """An empty cache."""
    return Cache(tmp_path / "cache")
