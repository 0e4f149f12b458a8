"""Modules that Go fetches and verifies."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path


def downloaded(module: str, go: str = "go") -> Path:
    """The folder of a module's files, such as `github.com/bitnami-labs/sealed-secrets@v0.40.0`."""
    command = [go, "mod", "download", "-json", module]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Path(json.loads(done.stdout)["Dir"])
