"""Which environments a change touches, by what is built and not by which file was edited."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from synth.review.affected import affected
from tests.git import GitRepository
from tests.repository import Repository

BASE = """\
gitops: {repoURL: "https://git.example.com/ml/platform.git"}
teams:
  - {name: nlp, owner: nlp@example.com, quota: {cpu: "4"}}
"""


class Workplace(Repository):
    """Two environments of one base, built and committed."""

    def __init__(self, folder: Path) -> None:
        self.git = GitRepository(folder)
        environments = self.git.tree / "environments"
        environments.mkdir()
        (environments / "base.yaml").write_text(BASE)
        for name in ("dev", "prod"):
            (environments / f"{name}.yaml").write_text(
                f"extends: base\nname: {name}\n"
                f'cluster: {{server: "https://{name}.k8s.example.com", kubernetes: "1.26"}}\n'
            )
        super().__init__(folder, self.git.tree)
        self.build()
        self.base = self.git.commit("as it is")

    def affected(self, *arguments: str) -> tuple[int, str, str]:
        done = self.synth("affected", *arguments)
        return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    return Workplace(tmp_path_factory.mktemp("affected"))


@pytest.fixture
def it(workplace: Workplace) -> Iterator[Workplace]:
    yield workplace
    workplace.git.restore(workplace.base)


def test_nothing_is_touched(it: Workplace) -> None:
    it.edit("environments/base.yaml", "teams:", "# The teams.\nteams:")
    assert it.affected("--base", "HEAD") == (0, "", "")
    assert it.affected("--base", "HEAD", "-o", "json") == (0, '{"environment": []}\n', "")


def test_a_base_touches_those_where_it_makes_a_difference(it: Workplace) -> None:
    it.edit("environments/base.yaml", 'cpu: "4"', 'cpu: "6"')
    assert it.affected("--base", "HEAD") == (1, "dev\nprod\n", "")
    (it.root / "environments/prod.yaml").write_text(
        (it.root / "environments/prod.yaml").read_text()
        + 'teams: [{name: nlp, quota: {cpu: "4"}}]\n'
    )
    code, said, _ = it.affected("--base", "HEAD", "-o", "json")
    assert (code, json.loads(said)) == (1, {"environment": ["dev"]})


def test_what_is_not_built_yet_and_what_is_committed_counts(it: Workplace) -> None:
    it.edit("environments/base.yaml", 'cpu: "4"', 'cpu: "6"')
    it.build()
    it.git.commit("more")
    assert it.affected("--base", "HEAD~1") == (1, "dev\nprod\n", "")
    assert it.affected("--base", "HEAD") == (0, "", "")


def test_an_environment_comes_and_another_goes(it: Workplace) -> None:
    text = (it.root / "environments/prod.yaml").read_text()
    (it.root / "environments/prod.yaml").unlink()
    (it.root / "environments/eu.yaml").write_text(text.replace("prod", "eu"))
    assert it.affected("--base", "HEAD") == (1, "eu\n", "no longer there: prod\n")
    (it.root / "environments/eu.yaml").unlink()
    # Something happens, and there is nothing to start a job for.
    assert it.affected("--base", "HEAD", "-o", "json") == (
        1,
        '{"environment": []}\n',
        "no longer there: prod\n",
    )


def test_without_a_base_it_is_where_the_branch_began(it: Workplace) -> None:
    subprocess.run(["git", "remote", "set-head", "origin", "main"], cwd=it.root, check=True)
    it.edit("environments/prod.yaml", '"1.26"', '"1.26", capacity: {cpu: "64"}')
    assert it.affected() == (0, "", "")
    it.edit(
        "environments/prod.yaml", "name: prod", "name: prod\nteams: [{name: nlp, isolated: true}]"
    )
    assert it.affected() == (1, "prod\n", "")


def test_what_is_wrong(it: Workplace) -> None:
    assert it.affected("--base", "nothing") == (
        2,
        "",
        "synth affected: there is no revision nothing\n",
    )
    it.edit("environments/prod.yaml", "cluster:", "clutser:")
    assert it.affected("--base", "HEAD") == (
        2,
        "",
        "environments/prod.yaml:1:1: the key 'cluster' is missing\n"
        "environments/prod.yaml:3:1: unknown key 'clutser', did you mean 'cluster'?\n",
    )


def test_the_settings_of_argo_cd_concern_everybody() -> None:
    files = {"argocd/settings/argocd/configmap-argocd-cm.yaml": b"a", "dist/dev/FILES": b"x"}
    other = {"argocd/settings/argocd/configmap-argocd-cm.yaml": b"b", "dist/dev/FILES": b"y"}
    assert affected(files, other, ["prod", "dev"]) == ["dev", "prod"]
    # A list of files is no file that Argo CD reads.
    assert affected({"dist/dev/FILES": b"x"}, {"dist/dev/FILES": b"y"}, ["dev"]) == []
    assert affected({"argocd/dev/a.yaml": b"x"}, {}, ["dev", "prod"]) == ["dev"]
