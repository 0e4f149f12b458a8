"""The programs that the way of an alert is proven with, built once from pinned Go modules and kept
outside the tree.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from tests.conftest import alone
from tests.repository import ROOT
from tests.shared import go

TOOLS = ROOT / "tests/tools"


def program(name: str) -> Path:
    """The path of the tool of the module of that name; its first build takes minutes."""
    module = TOOLS / name
    sources = sorted(path for path in module.iterdir() if path.suffix in {".go", ".mod", ".sum"})
    content = b"".join(path.read_bytes() for path in sources)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kfsynth-events"
    kept = cache / f"{name}-{hashlib.sha256(content).hexdigest()[:16]}"
    cache.mkdir(parents=True, exist_ok=True)
    with alone(cache, kept.name):
        if not kept.exists():
            built = kept.with_suffix(".new")
            shutil.rmtree(built, ignore_errors=True)
            env = {**os.environ, "GOBIN": str(built)}
            subprocess.run([go(), "install", "tool"], cwd=module, env=env, check=True)
            built.rename(kept)
    return kept / name
