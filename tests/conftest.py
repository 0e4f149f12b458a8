"""Fixtures that several rooms' tests share."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings

from synth.kit.node import use_pinned_node
from synth.project import Project
from synth.render.cache import Cache
from tests.repository import Repository

# Tests build constructs themselves, on machines without a Node of their own too.
use_pinned_node()

# How long an example takes says more about the machine than about the code.
settings.register_profile("kfsynth", deadline=None)
settings.load_profile("kfsynth")


@contextmanager
def alone(folder: Path, name: str) -> Iterator[None]:
    """Only one of the test processes at a time does what `name` says."""
    with (folder / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def common(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all test processes of this run share."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture
def repository(tmp_path: Path, common: Path) -> Repository:
    """The example, not built yet, with everything in its cache that a build keeps there."""
    with alone(common, "example"):
        if not (rendered := Repository(common / "example")).tree():
            rendered.build()
    shutil.copytree(rendered.cache, tmp_path / "cache")
    return Repository(tmp_path)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A repository without an environment."""
    (tmp_path / "environments").mkdir()
    return Project(tmp_path)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    """An empty cache."""
    return Cache(tmp_path / "cache")
