"""Each of the ten things that docs/how-to.md tells is done, in a repository that `synth init` made."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.git import GitRepository
from tests.repository import ROOT, Repository

PAGE = (ROOT / "docs/how-to.md").read_text()
SECTIONS = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S))


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """What everybody begins with."""
    folder = tmp_path_factory.mktemp("new")
    done = Repository(folder, ROOT).synth(
        "init", str(folder / "made"), "--repo-url", "https://git.example.com/ml/platform.git",
        "--owner", "lead@example.com",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return Repository(folder, folder / "made")


def said(repository: Repository, block: str, number: int) -> None:
    """Puts a block where people would: an environment of its own, or more of dev's."""
    environments = repository.root / "environments"
    if block.startswith("extends:"):
        name = re.search(r"^name: (.*)$", block, re.M)
        assert name
        (environments / f"{name[1]}.yaml").write_text(block)
        return
    # dev goes on as it is, with the block laid over it.
    before = environments / f"dev-{number}.yaml"
    (environments / "dev.yaml").rename(before)
    text = before.read_text()
    assert "name: dev\n" in text
    before.write_text(text.replace("name: dev\n", ""))
    (environments / "dev.yaml").write_text(f"extends: dev-{number}\nname: dev\n{block}")


@pytest.mark.parametrize("title", SECTIONS)
def test_it_can_be_done(title: str, new: Repository, tmp_path: Path) -> None:
    git = GitRepository(tmp_path)
    shutil.copytree(new.root, git.tree, dirs_exist_ok=True)
    git.commit("A new platform")
    repository = Repository(tmp_path, git.tree)
    repository.cache = new.cache
    section = SECTIONS[title]
    for number, block in enumerate(re.findall(r"```yaml\n(.*?)```", section, re.S)):
        said(repository, block, number)
    done = repository.synth("build")
    assert done.returncode == 0, done.stderr
    done = repository.synth("validate")
    assert not re.search(r"^error|PO00", done.stdout, re.M), done.stdout
    git.commit(title)
    for line in re.findall(r"^synth (.*)$", section, re.M):
        done = repository.synth(*shlex.split(line))
        assert done.returncode in (0, 1), f"{line}\n{done.stdout}{done.stderr}"
        assert done.stdout + done.stderr


def test_there_are_ten() -> None:
    assert len(SECTIONS) == 10
