"""Jobs of CI, run as their hosts run them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from tests.repository import ROOT


def install(root: Path) -> None:
    """What `make setup` would have installed."""
    python = root / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    (root / ".venv/ready").touch()


def run(root: Path, script: str, env: Mapping[str, str]) -> str:
    """As both hosts run a script: it ends at the first command that fails."""
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
    return done.stdout


def steps(
    workflow: str, job: str, values: Mapping[str, str]
) -> Iterator[tuple[str, dict[str, str]]]:
    """The shell of a job of a workflow of GitHub's, each with its own variables filled in."""
    for step in yaml.safe_load(workflow)["jobs"][job]["steps"]:
        if "run" in step:
            given = step.get("env", {})
            yield step["run"], {name: _filled(value, values) for name, value in given.items()}


def _filled(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\{ (.*?) \}\}", lambda match: values[match[1]], text)
