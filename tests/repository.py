"""A copy of the committed example to work on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from unittest.mock import patch

from synth.cli.main import main

ROOT = Path(__file__).parents[1]
READ_LATE = {"GIT_CONFIG_GLOBAL", "GIT_TOKEN", "KFSYNTH_CACHE", "MLFLOW_TRACKING_URI"}
"""Variables that commands, or programs that they start, look at each time anew."""


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
        """A command in this process, which has read the code and started Node already; in one of its
        own where anything is said that a process may have read before.
        """
        if env.keys() - READ_LATE or self.code != ROOT:
            return self.apart(*arguments, **env)
        command = self.command(*arguments)
        out, err = StringIO(), StringIO()
        surroundings = {**self.surroundings(), **env}
        with (
            patch.dict(os.environ, surroundings, clear=True),
            chdir(self.code),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            try:
                code = main(command[3:])
            except SystemExit as ended:
                code = ended.code if isinstance(ended.code, int) else 1
        return subprocess.CompletedProcess(command, code, out.getvalue(), err.getvalue())

    def apart(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """A command in a process of its own."""
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
