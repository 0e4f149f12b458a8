"""The CI that a new repository has: its shell is run as the hosts would run it."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from synth.scaffold.repository import STATIC
from tests.git import GitRepository
from tests.models.git_hosts import TOKEN, git_host
from tests.repository import ROOT, Repository
from tests.scaffold.jobs import install, run, steps
from tests.shared import actionlint

FILES = ROOT / "synth/scaffold/files"
WORKFLOW = FILES / "github/platform.yaml"
MODEL = """\
models:
  - name: reviews
    team: nlp
    engine: kserve
    server: {format: sklearn}
    variants:
      - {name: stable, version: 1, artifact: "s3://models/reviews/1", traffic: 100}
"""


class Change:
    """A new repository with a model of dev on a branch, and what its jobs share."""

    def __init__(self, folder: Path) -> None:
        git = GitRepository(folder)
        self.root = git.tree
        self.env = {
            "KFSYNTH_CACHE": str(folder / "cache"),
            "GIT_TOKEN": TOKEN,
        }
        Repository(folder, ROOT).synth(
            "init", str(self.root), "--owner", "lead@example.com", "--team", "nlp",
            "--environments", "dev,prod", KFSYNTH_CACHE=self.env["KFSYNTH_CACHE"],
        )  # fmt: skip
        install(self.root)
        self.base = git.commit("A new platform")
        path = self.root / "environments/dev.yaml"
        path.write_text(path.read_text() + MODEL)
        self.run(".venv/bin/python -m synth build")
        git.commit("A model")

    def run(self, script: str, **env: str) -> str:
        """A script of a job."""
        return run(self.root, script, {**self.env, **env})


@pytest.fixture
def change(tmp_path: Path) -> Change:
    return Change(tmp_path)


def test_actionlint_is_content() -> None:
    subprocess.run([actionlint(), WORKFLOW], check=True)


def test_every_action_is_pinned() -> None:
    uses = re.findall(r"uses: (.*)", WORKFLOW.read_text())
    assert uses
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", each) for each in uses)


@pytest.mark.parametrize(
    "name", [name for name in STATIC if name not in ("Makefile", ".gitignore")]
)
def test_this_repository_has_the_same(name: str) -> None:
    assert (ROOT / name).read_text() == (FILES / STATIC[name]).read_text()


def test_on_github(change: Change, tmp_path: Path) -> None:
    output, summary = tmp_path / "output", tmp_path / "summary"
    with git_host("github") as host:
        values = {
            "matrix.environment": "dev",
            "github.token": TOKEN,
            "github.event.pull_request.number": "7",
            "github.server_url": "https://git.example.com",
            "github.repository": "ml/platform",
        }
        surroundings = {
            "BASE": change.base,
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_API_URL": host.api,
        }
        for job in ("check", "validate", "review"):
            for script, env in steps(WORKFLOW.read_text(), job, values):
                change.run(script, **surroundings, **env)
        touched = json.loads(output.read_text().removeprefix("affected="))
        assert touched == {"environment": ["dev"]}
        [comment] = host.comments
    assert "reviews" in comment
    assert summary.read_text() in comment
    assert (change.root / "report.html").read_text().startswith("<!doctype html>")


def test_on_gitlab(change: Change) -> None:
    pipeline: dict[str, Any] = yaml.safe_load((FILES / "gitlab-ci.yml").read_text())
    with git_host("gitlab") as host:
        surroundings = {
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": change.base,
            "CI_PROJECT_URL": "https://git.example.com/ml/platform",
            "CI_API_V4_URL": host.api,
            "CI_MERGE_REQUEST_IID": "7",
        }
        for job in ("check", "validate", "review"):
            script = [*pipeline["default"]["before_script"], *pipeline[job]["script"]]
            change.run("\n".join(script), **surroundings)
        [comment] = host.comments
    assert "reviews" in comment
    assert (change.root / "report.html").read_text().startswith("<!doctype html>")


def test_make_diff_says_what_a_change_does_and_succeeds(change: Change) -> None:
    assert "reviews in dev: comes" in change.run("make diff BASE=" + change.base)


def test_renovate_finds_images() -> None:
    rules = json.loads((FILES / "renovate.json").read_text())["customManagers"]
    [pattern] = [text for rule in rules for text in rule["matchStrings"]]
    found = [
        (match["depName"], match["currentValue"])
        for path in sorted((ROOT / "environments").glob("*.yaml"))
        for match in re.finditer(pattern.replace("(?<", "(?P<"), path.read_text())
    ]
    assert ("registry.example.com/nlp/comments-processor", "1.2.0") in found
    assert ("registry.example.com/nlp/sentiment-server", "1.4.0") in found


def test_hooks_run(change: Change) -> None:
    hooks = yaml.safe_load((FILES / "pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    path = change.root / "environments/dev.yaml"
    path.write_text(path.read_text().replace("reviews/1", "reviews/2"))
    for hook in hooks:
        if hook["id"] == "synth-build":
            change.run(hook["entry"])
    change.run(".venv/bin/python -m synth check")
