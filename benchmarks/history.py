"""A repository with a history, for commands that compare with what is committed."""

from __future__ import annotations

import subprocess
from pathlib import Path

_WHO = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"]


def commit(folder: Path) -> None:
    """Everything in a folder as it is."""
    for command in (["init", "-q"], ["add", "-A"], [*_WHO, "commit", "-qm", "as it is"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
