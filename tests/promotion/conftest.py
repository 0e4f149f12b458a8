"""A real registry, with versions of a model that are trained into it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mlflow_server import Registry, running

_TRAIN = Path(__file__).parent / "train.py"


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with running(tmp_path_factory.mktemp("registry")) as registry:
        yield registry


def train(registry: Registry, accuracy: float) -> int:
    """Trains and registers a version; its number."""
    return int(registry.run(_TRAIN, "sentiment", str(accuracy)).split()[-1])
