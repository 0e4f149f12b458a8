"""SIGKILL at calls of a build that change files: whole files only, and the next build is right."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repository import Repository
from tests.trimmed import keep_models

# Python announces every call that touches a file before it makes it.
KILLED = """
import os, signal, sys

left, folder = int(sys.argv.pop(1)), sys.argv.pop(1)
calls = 0
def watch(event, arguments):
    global calls
    writes = os.O_WRONLY | os.O_RDWR | os.O_CREAT
    if event == "open" and arguments[2] & writes or event in (
        "os.rename", "os.remove", "os.rmdir", "os.mkdir"
    ):
        if str(arguments[0]).startswith(folder):
            calls += 1
            if calls == left:
                os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
from synth.cli.main import main
code = main()
print(calls)
sys.exit(code)
"""


def changed(folder: Path) -> tuple[Repository, dict[str, bytes]]:
    """A repository whose next build adds, changes and removes files, and its tree as it is."""
    repository = Repository(folder)
    (repository.root / "environments/prod.yaml").unlink()
    shutil.rmtree(repository.root / "overlays")
    keep_models(repository.root / "environments")
    before = repository.build()
    repository.edit("environments/base.yaml", "cpu: 500m", "cpu: 600m")
    repository.edit("environments/base.yaml", "secrets:", "registry: mirror.example.com\nsecrets:")
    repository.edit(
        "environments/base.yaml", "seldon: true", "seldon: true\n    knative-eventing: false"
    )
    (repository.root / "environments/staging.yaml").rename(
        repository.root / "environments/test.yaml"
    )
    repository.edit("environments/test.yaml", "name: staging", "name: test")
    return repository, before


def killed(repository: Repository, call: int) -> subprocess.CompletedProcess[str]:
    folder = str(repository.root.parent)
    watched = [sys.executable, "-c", KILLED, str(call), folder]
    return repository.run([*watched, "-C", str(repository.root), "build"])


def copy(repository: Repository, folder: Path) -> Repository:
    shutil.copytree(repository.root.parent, folder)
    return Repository(folder)


@pytest.mark.parametrize(
    ("rendered", "kills"),
    [
        pytest.param(False, 5, id="from nothing"),
        pytest.param(False, 25, id="from nothing, more often", marks=pytest.mark.thorough),
        pytest.param(True, 25, id="from the cache", marks=pytest.mark.thorough),
    ],
)
def test_a_killed_build_leaves_whole_files_and_the_next_one_puts_all_right(
    tmp_path: Path, rendered: bool, kills: int
) -> None:
    """Half of the kills come after everything was rendered elsewhere: these hit the writing alone."""
    repository, before = changed(tmp_path / "repository")
    undisturbed = copy(repository, tmp_path / "undisturbed")
    after = undisturbed.build()
    assert before.keys() - after.keys()
    assert after.keys() - before.keys()
    if rendered:
        shutil.rmtree(repository.cache)
        shutil.copytree(undisturbed.cache, repository.cache)
    calls = int(killed(copy(repository, tmp_path / "counted"), 0).stdout)
    assert calls > kills
    whole = {*before.items(), *after.items()}
    for kill in range(kills):
        call = 1 + (calls - 1) * kill // (kills - 1)
        here = copy(repository, tmp_path / f"killed-{kill}")
        done = killed(here, call)
        assert done.returncode == -signal.SIGKILL, done.stderr
        left = {
            (name, content)
            for name, content in here.tree().items()
            if not name.endswith("/FILES") and "/.kfsynth-" not in name
        }
        assert left <= whole, call
        assert here.build() == after, call
        assert here.synth("check").returncode == 0
        shutil.rmtree(here.root.parent)
