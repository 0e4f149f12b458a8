"""A copy of the committed example to work on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]


class Repository:
    """A copy of the example, with a cache of its own."""

    code = ROOT
    """Where the generator itself lies."""

    def __init__(self, folder: Path, root: Path | None = None) -> None:
        self.root = root or folder / "repository"
        self.cache = folder / "cache"
        if not (self.root / "environments").exists():
            ignored = shutil.ignore_patterns("__pycache__")
            for name in ("environments", "overlays", "pipelines"):
                shutil.copytree(ROOT / name, self.root / name, ignore=ignored)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "synth", "-C", str(self.root), *arguments]

    def surroundings(self) -> dict[str, str]:
        return {**os.environ, "KFSYNTH_CACHE": str(self.cache)}

    def synth(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        return self.run(self.command(*arguments), **env)

    def run(self, command: Sequence[str], **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.code,
            env={**self.surroundings(), **env},
            capture_output=True,
            text=True,
            check=False,
        )

    def build(self, **env: str) -> dict[str, bytes]:
        done = self.synth("build", **env)
        assert done.returncode == 0, done.stderr
        return self.tree()

    def tree(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for top in ("dist", "argocd")
            for path in sorted((self.root / top).rglob("*"))
            if path.is_file()
        }

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.root / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
