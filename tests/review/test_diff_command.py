"""`synth diff` as people run it, in a repository with a history."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import pytest

from synth.clients.git import committed
from tests.git import GitRepository
from tests.repository import Repository

PROD = "environments/prod.yaml"


class Workplace(Repository):
    """The example as it is committed, with everything built."""

    def __init__(self, folder: Path) -> None:
        self.git = GitRepository(folder)
        super().__init__(folder, self.git.tree)
        self.build()
        self.base = self.git.commit("as it is")

    def diff(self, *arguments: str) -> tuple[int, str]:
        """The exit code, and what is said."""
        before = self.tree()
        done = self.synth("diff", *arguments)
        assert done.stderr == ""
        assert self.tree() == before
        return done.returncode, done.stdout


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    return Workplace(tmp_path_factory.mktemp("diff"))


@pytest.fixture
def it(workplace: Workplace) -> Iterator[Workplace]:
    yield workplace
    workplace.git.restore(workplace.base)


def test_nothing_has_changed(it: Workplace) -> None:
    assert it.diff("--base", "HEAD") == (0, "nothing changes\ncompared with HEAD\n")
    path = it.root / PROD
    path.write_text(
        path.read_text().replace("extends: base\nname: prod\n", "name: prod\nextends: base\n")
    )
    assert it.diff("--base", "HEAD")[0] == 0


def test_one_weight(it: Workplace) -> None:
    it.edit(PROD, "traffic: 90", "traffic: 75")
    it.edit(PROD, "traffic: 10\n", "traffic: 25\n")
    text = (it.root / PROD).read_text().splitlines()
    stable, canary = (text.index(f"        traffic: {share}") + 1 for share in (75, 25))
    assert it.diff("--base", "HEAD") == (
        1,
        f"""\
1 object changes in prod, no risk known
compared with HEAD

Configuration
  models.sentiment.variants.canary.traffic in prod: 10 → 25 environments/prod.yaml:{canary}
  models.sentiment.variants.stable.traffic in prod: 90 → 75 environments/prod.yaml:{stable}

models
  ~ sentiment in prod: canary 10 % → 25 %
      environments/prod.yaml:{canary} models.sentiment.variants.canary.traffic
      environments/prod.yaml:{stable} models.sentiment.variants.stable.traffic
""",
    )
    assert it.diff("dev", "--base", "HEAD")[0] == 0


def test_a_step_that_is_too_large(it: Workplace) -> None:
    it.edit(PROD, "traffic: 90", "traffic: 50")
    it.edit(PROD, "traffic: 10\n", "traffic: 50\n")
    code, said = it.diff("prod", "--base", "HEAD", "-o", "json")
    assert code == 1
    [risk] = json.loads(said)["risks"]
    assert (risk["code"], risk["reason"]) == (
        "DF021",
        "version 8 goes from 10 % to 50 %, and policy.promotion allows 25 %",
    )


def test_a_renamed_model(it: Workplace) -> None:
    for name in ("base", "dev", "staging", "prod"):
        path = it.root / f"environments/{name}.yaml"
        path.write_text(
            path.read_text().replace("models:\n  - name: sentiment", "models:\n  - name: mood")
        )
    code, said = it.diff("--base", "HEAD", "-o", "markdown")
    assert code == 1
    assert "- sentiment in dev, prod and staging: is renamed to mood (environments/" in said
    assert "DF023 sentiment in dev, prod and staging: its address changes to that of mood" in said


def test_an_overlay_that_goes(it: Workplace) -> None:
    shutil.rmtree(it.root / "overlays/prod")
    code, said = it.diff("--base", "HEAD")
    assert code == 1
    assert "  ~ kubeflow-centraldashboard in prod: components goes\n" in said
    assert "      overlays/prod/kubeflow-centraldashboard\n" in said


def test_a_moved_overlay(it: Workplace) -> None:
    (it.root / "overlays/prod").rename(it.root / "overlays/base")
    code, said = it.diff("prod", "--base", "HEAD", "-o", "json")
    assert code == 1
    data = json.loads(said)
    assert data["risks"] == []
    folder = "kubeflow-centraldashboard/overlays"
    assert [line for change in data["changes"] for line in change["summary"]] == [
        f"file {folder}/prod/kustomization.yaml in prod: is renamed to {folder}/base/kustomization.yaml",
        f"file {folder}/prod/links.json in prod: is renamed to {folder}/base/links.json",
        f"file {folder}/prod/resources.yaml in prod: is renamed to {folder}/base/resources.yaml",
        "kubeflow-centraldashboard in prod: components + overlays/base − overlays/prod",
    ]
    assert data["changes"][0]["causes"] == [
        {"key": "", "place": "overlays/base/kubeflow-centraldashboard"},
        {"key": "", "place": "overlays/prod/kubeflow-centraldashboard"},
    ]


def test_a_deleted_team(it: Workplace) -> None:
    team = "  - name: cv\n    owner: cv-lead@example.com\n"
    it.edit("environments/base.yaml", "teams:\n", f"teams:\n{team}")
    it.build()
    it.git.commit("another team")
    it.edit("environments/base.yaml", team, "")
    it.edit("environments/base.yaml", "teams:\n", "retired: [{name: cv, kind: team}]\nteams:\n")
    code, said = it.diff("--base", "HEAD")
    assert code == 1
    assert (
        "       team cv in dev, prod and staging: it holds data; Argo CD leaves it in the cluster, and "
        "nobody looks after it any more\n"
    ) in said
    assert "  − team cv in dev, prod and staging: goes\n" in said
    assert " teams.cv\n" in said


def test_colours_are_for_terminals_that_want_them(it: Workplace) -> None:
    it.edit(PROD, "memory: 64Gi", "memory: 96Gi")
    yellow = "\x1b[33m  ~ "
    command = ("diff", "--base", "HEAD")
    assert yellow in it.synth(*command, FORCE_COLOR="1").stdout
    assert yellow not in it.synth(*command, FORCE_COLOR="1", NO_COLOR="1").stdout
    assert "\x1b" not in it.synth(*command).stdout


def test_the_source_of_a_pipeline(it: Workplace) -> None:
    it.edit("pipelines/sentiment/pipeline.py", "train", "fit")
    code, said = it.diff("--base", "HEAD")
    assert code == 1
    assert "      pipelines/sentiment\n" in said


def test_sources_of_the_base_that_do_not_build(it: Workplace) -> None:
    whole = (it.root / PROD).read_text()
    it.edit(PROD, "cluster:", "clutser:")
    it.git.commit("broken sources, and dist/ as it was")
    (it.root / PROD).write_text(whole.replace("memory: 64Gi", "memory: 96Gi"))
    code, said = it.diff("--base", "HEAD")
    assert code == 1
    assert said.startswith(
        "1 object changes in prod, no risk known\ncompared with HEAD\nnote: causes are left out, "
        "since the sources of HEAD do not build: environments/prod.yaml:"
    )
    assert said.endswith("\n\nteams\n  ~ quota of nlp in prod: memory 64Gi → 96Gi\n")


def test_a_base_without_dist(it: Workplace) -> None:
    for name in ("dist", "argocd"):
        it.git.remove(name)
    it.git.commit("nothing is built")
    code, said = it.diff("--base", "HEAD", "-o", "json")
    assert code == 1
    data = json.loads(said)
    assert data["notes"][0] == "HEAD has no dist/: everything is new"
    assert {change["what"] for change in data["changes"]} == {"added"}


def test_a_change_of_what_is_committed(it: Workplace) -> None:
    [path] = (it.root / "dist/prod/models").glob("*/seldondeployment*")
    path.write_text(path.read_text().replace("maxReplicas: 8", "maxReplicas: 9"))
    it.git.commit("by hand, or by another generator")
    code, said = it.diff("--base", "HEAD")
    assert code == 1
    assert "hpaSpec.maxReplicas 9 → 8\n" in said
    assert it.diff("--base", "HEAD~1")[0] == 0


def test_a_report_beside_a_comment(it: Workplace, tmp_path: Path) -> None:
    it.edit(PROD, "memory: 64Gi", "memory: 96Gi")
    path = tmp_path / "report.html"
    comment = it.diff("--base", "HEAD", "-o", "markdown")
    assert it.diff("--base", "HEAD", "-o", "markdown", "--report", str(path)) == comment
    page = path.read_text()
    assert "<li>quota of nlp: memory 64Gi → 96Gi</li>" in page
    [picture] = re.findall(r'src="data:image/svg\+xml;base64,(.*?)"', page)
    graph = it.synth("graph", "prod").stdout
    assert b64decode(picture).decode() == graph
    assert it.diff("--base", "HEAD", "-o", "html") == (1, page)
    done = it.synth("diff", "--base", "HEAD", "--report", str(tmp_path / "no" / "report.html"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"{tmp_path}/no/report.html: No such file or directory\n"


def test_what_is_wrong(it: Workplace) -> None:
    done = it.synth("diff", "--base", "nothing")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "synth diff: there is no revision nothing\n"
    done = it.synth("diff", "qa")
    assert (done.returncode, done.stderr) == (
        2,
        "environments: there is no environment 'qa' (there: dev, prod, staging)\n",
    )
    done = it.synth("diff", "--order", "dev,qa")
    assert (done.returncode, done.stderr) == (
        2,
        "environments: there is no environment 'qa' (there: dev, prod, staging)\n",
    )


def test_the_base_is_where_the_branch_left_the_default_one(it: Workplace) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=it.root, check=True, capture_output=True)

    base = it.git.head()
    git("remote", "set-head", "origin", "main")
    git("checkout", "-q", "-b", "feature")
    it.edit(PROD, "memory: 64Gi", "memory: 96Gi")
    it.build()
    git("add", "-A")
    git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "more")
    code, said = it.diff()
    git("checkout", "-q", "main")
    assert code == 1
    assert f"compared with {base[:12]}\n" in said
    assert "quota of nlp in prod: memory 64Gi → 96Gi\n" in said


def test_only_what_differs_is_read_from_git(it: Workplace) -> None:
    [path] = (it.root / "dist/prod/teams").iterdir()
    name, content = str(path.relative_to(it.root)), path.read_bytes()
    known = {name: content}
    assert committed(it.root, "HEAD", ["dist/prod/teams"], known)[name] is content
    assert committed(it.root, "HEAD", ["dist/prod/teams"], {name: b"another"}) == known
    assert committed(it.root, "HEAD", ["dist/qa"], known) == {}
