"""`synth init`: a new repository, as somebody with nothing but its README goes on with it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from synth.catalog.kubeflow import RELEASES
from synth.scaffold.wheel import wheel
from tests.git import GitRepository
from tests.repository import ROOT, Repository

URL = "https://git.example.com/ml/new.git"
TOP = [
    ".github", ".gitignore", ".gitlab-ci.yml", ".pre-commit-config.yaml", "CODEOWNERS", "Makefile",
    "README.md", "argocd", "dist", "environments", "renovate.json", "requirements-registry.txt",
    "requirements.txt", "schemas",
    "vendor",
]  # fmt: skip
NAMED = ("--repo-url", URL, "--owner", "lead@example.com")
MODEL = "dist/dev/models/nlp/inferenceservice.serving.kserve.io-reviews.yaml"
BY_TAG = ("1.11", "26.03")
"""Releases whose own files pull some of what they need by tag, which `synth validate` says."""


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def init(folder: Path, *arguments: str, cache: Path) -> subprocess.CompletedProcess[str]:
    """The command, where there is no repository around it."""
    (folder / "environments").mkdir(exist_ok=True)
    somewhere = Repository(folder, folder)
    return somewhere.synth("init", *arguments, KFSYNTH_CACHE=str(cache))


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("minimal", [(), ("--minimal",)], ids=["whole", "minimal"])
def test_it_builds_and_no_rule_objects(
    release: str, minimal: tuple[str, ...], cache: Path, tmp_path: Path
) -> None:
    new = tmp_path / "deep" / "new"
    done = init(tmp_path, str(new), *NAMED, "--kubeflow", release, *minimal, cache=cache)
    assert (done.returncode, done.stdout) == (0, "")
    assert sorted(os.listdir(new)) == TOP
    assert os.listdir(new.parent) == ["new"]
    environments = ["dev"] if minimal else ["dev", "prod", "staging"]
    assert sorted(os.listdir(new / "dist")) == environments
    repository = Repository(tmp_path, new)
    for command in ("check", "validate"):
        said = repository.synth(command, KFSYNTH_CACHE=str(cache))
        lines = [line for line in said.stdout.splitlines() if "warning KF004" not in line]
        found = command == "validate" and release in BY_TAG
        hint = "`synth rules KF004` says why, with examples\n" if found else ""
        assert (said.returncode, lines, said.stderr) == (int(found), [], hint)


def test_a_model_and_a_canary_by_its_readme(cache: Path, tmp_path: Path) -> None:
    git = GitRepository(tmp_path / "git")
    done = init(tmp_path, str(git.tree), *NAMED, "--team", "nlp", cache=cache)
    assert done.returncode == 0, done.stderr
    git.commit("A new platform")
    repository = Repository(tmp_path, git.tree)
    readme = (git.tree / "README.md").read_text()
    model, canary = re.findall(r"```yaml\n(.*?)```", readme, re.S)
    named = re.search(r"Put it into `(.*?)`", readme)
    assert named
    path = git.tree / named[1]
    written = path.read_text()
    path.write_text(written + model)
    repository.build(KFSYNTH_CACHE=str(cache))
    git.commit("A model")
    assert MODEL in git.changed()
    path.write_text(written + model[: model.index("    variants:")] + canary)
    repository.build(KFSYNTH_CACHE=str(cache))
    git.commit("A canary")
    [command] = re.findall(r"^\.venv/bin/python -m synth (model .*)$", readme, re.M)
    done = repository.synth(*command.split(), KFSYNTH_CACHE=str(cache))
    assert done.returncode == 0, done.stderr
    done = repository.synth("diff", "--base", "HEAD", KFSYNTH_CACHE=str(cache))
    assert "reviews in dev: canary 10 % → 25 %" in done.stdout
    repository.build(KFSYNTH_CACHE=str(cache))
    git.commit("More of it")
    assert [each for each in git.changed() if "/models/" in each] == [MODEL]
    done = repository.synth("validate", KFSYNTH_CACHE=str(cache))
    assert [line for line in done.stdout.splitlines() if line.startswith("error")] == []


def test_nothing_is_replaced(cache: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    new.mkdir()
    (new / "README.md").write_text("mine\n")
    (new / "dist").mkdir()
    done = init(tmp_path, str(new), *NAMED, "--minimal", cache=cache)
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        f"{new}/README.md: is there already: move it away\n"
        f"{new}/dist: is there already: move it away\n",
    )
    assert sorted(os.listdir(new)) == ["README.md", "dist"]
    assert sorted(os.listdir(tmp_path)) == ["environments", "new"]


def test_git_knows_names(cache: Path, tmp_path: Path) -> None:
    git = GitRepository(tmp_path / "git")
    subprocess.run(["git", "config", "user.email", "me@example.com"], cwd=git.tree, check=True)
    done = init(tmp_path, str(git.tree), "--minimal", cache=cache)
    assert done.returncode == 0, done.stderr
    base = (git.tree / "environments/base.yaml").read_text()
    assert f"repoURL: {git.url}\n" in base
    assert "owner: me@example.com\n" in base


def test_everything_that_is_wrong_is_told_at_once(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    done = init(
        tmp_path, str(tmp_path / "new"), "--kubeflow", "1.9", "--team", "N_LP",
        "--environments", "dev,dev,base", cache=cache,
    )  # fmt: skip
    assert (done.returncode, done.stderr.splitlines()) == (
        2,
        [
            "synth init: --repo-url says where Argo CD will read it; git knows no remote origin here",
            "synth init: --owner is the team's, an e-mail address; git knows no user.email here",
            "synth init: --kubeflow 1.9: is not known; did you mean 1.9.1?",
            "synth init: --team N_LP: lower-case letters, digits and '-', a letter or digit at both "
            "ends",
            "synth init: --environments: each name once, and none is base, which is what they share",
        ],
    )
    assert not (tmp_path / "new").exists()


def test_the_generator_comes_along(cache: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    assert init(tmp_path, str(new), *NAMED, "--minimal", cache=cache).returncode == 0
    name, content = wheel()
    assert wheel() == (name, content)
    assert (new / "vendor" / name).read_bytes() == content
    pins = (new / "requirements.txt").read_text()
    assert pins.startswith((ROOT / "requirements/runtime.txt").read_text())
    assert pins.endswith(f"./vendor/{name} \\\n    --hash=sha256:{sha256(content).hexdigest()}\n")
    installed = tmp_path / "installed"
    zipfile.ZipFile(new / "vendor" / name).extractall(installed)
    again = tmp_path / "again"
    command = [sys.executable, "-m", "synth", "init", str(again), *NAMED, "--minimal"]
    env = {**os.environ, "PYTHONPATH": str(installed), "KFSYNTH_CACHE": str(tmp_path / "c")}
    subprocess.run(command, cwd=tmp_path, env=env, check=True)
    made = {path: path.read_bytes() for path in _files(new)}
    assert {new / path.relative_to(again): path.read_bytes() for path in _files(again)} == made


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
