"""Interpreters that have what an image has, installed once and kept outside the tree."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from tests.conftest import alone

ROOT = Path(__file__).parents[1]
SERVER = ROOT / "images/model-server/requirements.txt"
"""What the example's model server is made of."""
REGISTRY = ROOT / "tests/tools/mlflow/requirements.txt"
"""The same, and what a registry with an object store needs."""
TRAINING = ROOT / "images/sentiment-training/requirements.txt"
"""What the steps of the sentiment pipeline run in."""


def python(requirements: Path) -> Path:
    """The interpreter of an environment with exactly these requirements."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"), "kfsynth-promotion")
    cache.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:16]
    folder = cache / digest
    with alone(cache, digest):
        if not (folder / "whole").exists():
            shutil.rmtree(folder, ignore_errors=True)
            venv.create(folder, with_pip=True)
            install = ("-m", "pip", "install", "--quiet", "--require-hashes", "-r", requirements)
            subprocess.run([folder / "bin/python", *install], check=True)
            (folder / "whole").touch()
    return folder / "bin/python"
