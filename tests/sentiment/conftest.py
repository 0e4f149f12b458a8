"""A broker and a registry, real ones."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.kafka import NEEDED, Broker
from tests.mlflow_server import Registry, running


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    missing = [name for name in NEEDED if not shutil.which(name)]
    if missing:
        pytest.skip(f"needs {' and '.join(missing)} on PATH")
    broker = Broker(tmp_path_factory.mktemp("kafka"))
    try:
        yield broker
    finally:
        broker.stop()


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with running(tmp_path_factory.mktemp("registry")) as registry:
        yield registry
