"""The jobs that build on several machines end in a commit of what one machine builds."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.git import GitRepository
from tests.repository import ROOT, Repository
from tests.scaffold.jobs import install, run, steps
from tests.shared import actionlint

NUMBER = 3
ENV = {"NAME": "ci", "GITLAB_USER_NAME": "ci", "GITLAB_USER_EMAIL": "ci@example.com"}


def workflow(host: str) -> str:
    done = Repository(ROOT, ROOT).synth("shards", str(NUMBER), "-o", host)
    assert done.returncode == 0
    return done.stdout


class Fleet:
    """A branch whose environments have changed since `dist/` was built, and machines of its CI."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._git = GitRepository(folder)
        repository = Repository(folder, self._git.tree)
        repository.build()
        (repository.root / ".gitignore").write_text(".venv/\n.cache/\n*.patch\n")
        (repository.root / "Makefile").write_text("setup:\n")
        self._git.commit("Built")
        repository.edit("environments/base.yaml", "partitions: 6", "partitions: 8")
        (repository.root / "environments/dev.yaml").unlink()
        (repository.root / "environments/qa.yaml").write_text(
            (ROOT / "environments/staging.yaml").read_text().replace("staging", "qa")
        )
        self._git.commit("Other environments")
        self.patches = folder / "patches"
        self.patches.mkdir()
        self.url = self._git.url
        self.expected = repository.build()

    def machine(self, name: str) -> Path:
        """A clone of the branch on a machine of its own."""
        root = self._folder / name
        subprocess.run(["git", "clone", "-q", self.url, root], check=True)
        install(root)
        return root

    def run(self, root: Path, script: str, **env: str) -> None:
        """A step on a machine that has no other's cache."""
        run(root, script, {"KFSYNTH_CACHE": str(root / ".cache"), **ENV, **env})

    def pushed(self) -> dict[str, bytes]:
        """What a clone of the branch has now."""
        return Repository(self._folder, self.machine("reader")).tree()


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path)


@pytest.mark.thorough
def test_on_github(fleet: Fleet) -> None:
    text = workflow("github")
    assert yaml.safe_load(text)["jobs"]["shard"]["strategy"]["matrix"]["shard"] == [1, 2, 3]
    for shard in "123":
        root = fleet.machine(shard)
        values = {"matrix.shard": shard, "strategy.job-total": str(NUMBER)}
        for script, env in steps(text, "shard", values):
            fleet.run(root, script, **env)
        (root / f"{shard}.patch").rename(fleet.patches / f"{shard}.patch")
    root = fleet.machine("last")
    values = {"github.ref": "refs/heads/main", "runner.temp": str(fleet.patches.parent)}
    for script, env in steps(text, "commit", values):
        fleet.run(root, script, **env)
    assert fleet.pushed() == fleet.expected


@pytest.mark.thorough
def test_on_gitlab(fleet: Fleet) -> None:
    jobs: dict[str, Any] = yaml.safe_load(workflow("gitlab"))
    assert jobs["shard"]["parallel"] == NUMBER
    for shard in "123":
        root = fleet.machine(shard)
        env = {"CI_NODE_INDEX": shard, "CI_NODE_TOTAL": str(NUMBER)}
        fleet.run(root, "\n".join(jobs["shard"]["script"]), **env)
        (root / f"{shard}.patch").rename(fleet.patches / f"{shard}.patch")
    root = fleet.machine("last")
    for patch in fleet.patches.iterdir():
        patch.rename(root / patch.name)
    fleet.run(
        root,
        "\n".join(jobs["commit"]["script"]),
        CI_REPOSITORY_URL=fleet.url,
        CI_MERGE_REQUEST_SOURCE_BRANCH_NAME="main",
        GIT_TOKEN="token",
    )
    assert fleet.pushed() == fleet.expected


def test_actionlint_is_content(tmp_path: Path) -> None:
    path = tmp_path / "shards.yaml"
    path.write_text(workflow("github"))
    subprocess.run([actionlint(), path], check=True)


def test_every_action_is_pinned_as_elsewhere() -> None:
    elsewhere = (ROOT / ".github/workflows/platform.yaml").read_text()
    uses = set(re.findall(r"uses: (.*)", workflow("github")))
    [new] = uses - set(re.findall(r"uses: (.*)", elsewhere))
    assert re.fullmatch(r"actions/download-artifact@[0-9a-f]{40} # v[\d.]+", new)


@pytest.mark.parametrize("number", ["0", "-1", "x", ""])
def test_no_number_of_machines(number: str) -> None:
    done = Repository(ROOT, ROOT).synth("shards", "--", number)
    assert done.returncode == 2
    assert done.stderr.endswith(f"argument N: {number} is no number of machines\n")
