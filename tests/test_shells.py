"""What shells and terminals are told: completion, colours, the version."""

from __future__ import annotations

import contextlib
import os
import pty
import shutil
import subprocess
from pathlib import Path

import pytest

from synth.cli.completion import SHELLS
from synth.cli.main import COMMANDS
from tests.git import GitRepository
from tests.repository import ROOT, Repository


def completed(folder: Path, script: str, *words: str) -> list[str]:
    """What bash offers for the last of some words."""
    line = " ".join(f"'{word}'" for word in words)
    asked = (
        f"{script}\nCOMP_WORDS=({line})\nCOMP_CWORD={len(words) - 1}\n"
        '_shtab_synth\nprintf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "-c", asked], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_bash_completes_commands_options_and_environments(tmp_path: Path) -> None:
    script = Repository(tmp_path).synth("completion", "bash").stdout
    assert completed(ROOT, script, "synth", "") == list(COMMANDS)
    assert completed(ROOT, script, "synth", "validate", "p") == ["prod"]
    assert completed(ROOT, script, "synth", "model", "canary", "x", "--env", "d") == ["dev"]
    assert completed(ROOT, script, "synth", "diff", "--b") == ["--base"]
    assert completed(tmp_path, script, "synth", "validate", "p") == []


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_has_one(shell: str, tmp_path: Path) -> None:
    done = Repository(tmp_path).synth("completion", shell)
    assert (done.returncode, done.stderr) == (0, "")
    assert "capacity" in done.stdout
    if shell in ("bash", "zsh", "fish") and shutil.which(shell):
        subprocess.run([shell, "-n"], input=done.stdout, text=True, check=True)


def test_the_version(tmp_path: Path) -> None:
    assert Repository(tmp_path).synth("--version").stdout == "kfsynth 0.1.0\n"


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_colours_are_for_terminals_that_want_them(
    no_color: str, coloured: bool, tmp_path: Path
) -> None:
    git = GitRepository(tmp_path)
    Repository(tmp_path, ROOT).synth("init", str(git.tree), "--minimal", "--owner", "a@example.com")
    git.commit("A platform")
    repository = Repository(tmp_path, git.tree)
    repository.edit("environments/base.yaml", "a@example.com", "b@example.com")
    terminal, end = pty.openpty()
    env = {**repository.surroundings(), "TERM": "xterm-256color", "NO_COLOR": no_color}
    process = subprocess.Popen(
        repository.command("diff", "--base", "HEAD"), cwd=ROOT, env=env, stdout=end
    )
    os.close(end)
    shown = b""
    with contextlib.suppress(OSError):
        while part := os.read(terminal, 4096):
            shown += part
    os.close(terminal)
    assert process.wait() == 1
    assert b"b@example.com" in shown
    assert (b"\x1b[3" in shown) == coloured
