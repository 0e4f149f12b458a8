"""`synth propose`: a step in a clone, pushed, and proposed to a git host."""

from __future__ import annotations

import base64
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.answers import Request, answering
from tests.git import GitRepository
from tests.models.git_hosts import BRANCH, TOKEN, GitHost, git_host
from tests.models.registry import Version, registry
from tests.repository import Repository

URL = "https://git.example.com/ml/platform.git"
VERSIONS = [Version(8, {"accuracy": 0.91}), Version(9, {"accuracy": 0.92})]
BUMP = ("bump", "sentiment", "--env", "dev", "--latest", "--canary", "10")
TITLE = "dev: sentiment: stable 8 at 100 % → stable 8 at 90 %, canary 9 at 10 %"
CHANGED = [
    *(
        f"dist/dev/observability/nlp/{kind}-sentiment.yaml"
        for kind in (
            "grafanaalertrulegroup.grafana.integreatly.org",
            "prometheusrule.monitoring.coreos.com",
        )
    ),
    "dist/dev/models/nlp/seldondeployment.machinelearning.seldon.io-sentiment.yaml",
    "environments/dev.yaml",
]


class Workplace(Repository):
    """The example's dev, built and pushed to a repository that people reach as `URL`."""

    def __init__(self, folder: Path, built: Repository) -> None:
        self.git = GitRepository(folder)
        shutil.copytree(built.root, self.git.tree, dirs_exist_ok=True)
        super().__init__(folder, self.git.tree)
        self.cache = built.cache
        self.git.commit("the beginning")
        self._settings = folder / "gitconfig"
        self._settings.write_text(f'[url "{self.git.url}"]\n\tinsteadOf = {URL}\n')

    def propose(
        self, host: GitHost, *step: str, versions: list[Version] = VERSIONS, **env: str
    ) -> subprocess.CompletedProcess[str]:
        given = {"GIT_TOKEN": TOKEN, "GIT_CONFIG_GLOBAL": str(self._settings), **env}
        with registry(versions) as address:
            return self.synth(
                "propose", "--repository", URL, "--host", host.kind, "--api", host.api,
                "model", *(step or BUMP), MLFLOW_TRACKING_URI=address, **given,
            )  # fmt: skip

    def meanwhile(self, *commands: str, times: int = 1) -> None:
        """What somebody else does in the moment of the next pushes, in a clone of their own."""
        self.shell("true")
        hook = self.git.bare / "hooks/pre-receive"
        others = self.git.tree.parent / "others"
        hook.write_text(
            f"#!/bin/sh\ncd {others}\n[ $(wc -l < times) -lt {times} ] || exit 0\n"
            "grep -q synth/ || exit 0\necho >> times\nunset $(git rev-parse --local-env-vars)\n"
            "unset GIT_QUARANTINE_PATH\n" + "\n".join(commands) + "\n"
        )
        hook.chmod(0o755)
        (others / "times").touch()

    def shell(self, command: str) -> None:
        """Runs a command in somebody else's clone."""
        others = self.git.tree.parent / "others"
        if not others.exists():
            subprocess.run(["git", "clone", "-q", self.git.url, others], check=True)
            for key, value in (("name", "Reviewer"), ("email", "reviewer@example.com")):
                subprocess.run(["git", "config", f"user.{key}", value], cwd=others, check=True)
        subprocess.run(command, shell=True, cwd=others, check=True)

    def proposed(self, *what: str) -> str:
        """What git says of the repository that is pushed to."""
        return subprocess.run(
            ["git", "--git-dir", str(self.git.bare), *what],
            check=True, capture_output=True, text=True,
        ).stdout.strip()  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    repository = Repository(tmp_path_factory.mktemp("built"))
    for name in ("staging", "prod"):
        (repository.root / f"environments/{name}.yaml").unlink()
    shutil.rmtree(repository.root / "overlays")
    repository.build()
    return repository


@pytest.fixture
def it(tmp_path: Path, built: Repository) -> Workplace:
    return Workplace(tmp_path, built)


@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_a_new_version_becomes_one_merge_request(it: Workplace, kind: str) -> None:
    with git_host(kind) as host:
        done = it.propose(host)
        assert done.returncode == 0, done.stderr
        said, *_, page = done.stdout.splitlines()
        assert said == f"environments/{TITLE.replace('dev:', 'dev.yaml:')}"
        assert page == ("pull/1" if kind == "github" else "merge_requests/1")
        first = it.proposed("rev-parse", BRANCH)
        assert it.proposed("diff", "--name-only", "main", BRANCH).split() == sorted(CHANGED)
        # The next hour finds the same version: the same commit, the same request.
        assert it.propose(host).returncode == 0
        assert it.proposed("rev-parse", BRANCH) == first
        newer = [*VERSIONS, Version(10, {"accuracy": 0.93})]
        assert it.propose(host, versions=newer).returncode == 0
    newest = TITLE.replace("canary 9", "canary 10")
    assert [request["title"] for request in host.requests] == [TITLE, TITLE, newest]
    assert it.proposed("log", "--format=%s", f"main..{BRANCH}") == newest
    assert it.proposed("diff", "--name-only", "main", BRANCH).split() == sorted(CHANGED)
    assert host.merged == []


def test_nothing_new_is_nothing_to_propose(it: Workplace) -> None:
    with git_host("github") as host:
        done = it.propose(host, versions=VERSIONS[:1])
    assert (done.returncode, done.stdout) == (
        0, "nothing to propose: dev: sentiment: nothing to do: stable 8 at 100 %\n"
    )  # fmt: skip
    assert host.requests == []
    assert it.proposed("branch", "--format=%(refname:short)") == "main"


def test_a_canary_that_is_under_way_is_left_to_those_who_decide_on_it(it: Workplace) -> None:
    newer = [*VERSIONS, Version(10, {"accuracy": 0.93})]
    with git_host("github") as host:
        assert it.propose(host).returncode == 0
        it.shell(f"git fetch -q && git merge -q origin/{BRANCH} && git push -q origin main")
        done = it.propose(host, versions=newer)
    assert (done.returncode, done.stdout) == (
        0,
        "nothing to propose: dev: sentiment: a canary of version 9 is under way: let it take over "
        "(synth model canary … --traffic 100) or take it out (synth model rollback)\n",
    )
    assert len(host.requests) == 1


def test_what_was_rolled_back_is_not_proposed_again(it: Workplace) -> None:
    with git_host("github") as host:
        assert it.propose(host).returncode == 0
        it.shell(f"git fetch -q && git merge -q origin/{BRANCH} && git push -q origin main")
        assert it.propose(host, "rollback", "sentiment", "--env", "dev").returncode == 0
        it.shell(f"git fetch -q && git merge -q origin/{BRANCH} && git push -q origin main")
        done = it.propose(host)
        assert (done.returncode, done.stdout) == (
            0,
            "nothing to propose: dev: sentiment: version 9 was served here and taken out again: "
            "--version 9 brings it back\n",
        )
        assert len(host.requests) == 2
        step = ("bump", "sentiment", "--env", "dev", "--version", "9", "--canary", "10")
        assert it.propose(host, *step).returncode == 0
        newer = [*VERSIONS, Version(10, {"accuracy": 0.93})]
        assert it.propose(host, versions=newer).returncode == 0
    newest = TITLE.replace("canary 9", "canary 10")
    assert [request["title"] for request in host.requests][2:] == [TITLE, newest]


def test_a_change_of_the_base_meanwhile_is_built_upon(it: Workplace) -> None:
    it.meanwhile("git commit -q --allow-empty -m meanwhile", "git push -q origin main")
    with git_host("github") as host:
        done = it.propose(host)
    assert done.returncode == 0, done.stderr
    assert it.proposed("log", "-1", "--format=%s", "main") == "meanwhile"
    assert it.proposed("rev-parse", f"{BRANCH}^") == it.proposed("rev-parse", "main")


def test_two_that_propose_at_once_end_with_one_proposal(it: Workplace) -> None:
    it.meanwhile(f"git push -q origin main:{BRANCH}")
    with git_host("github") as host:
        done = it.propose(host)
    assert done.returncode == 0, done.stderr
    assert it.proposed("rev-list", "--count", f"main..{BRANCH}") == "1"
    assert len(host.requests) == 1


def test_whoever_is_never_the_first_gives_up(it: Workplace) -> None:
    it.meanwhile("git commit -q --allow-empty -m meanwhile", "git push -q origin main", times=9)
    with git_host("github") as host:
        done = it.propose(host)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "synth: others pushed meanwhile, 5 times in a row"
    assert host.requests == []


def test_the_commits_of_others_are_not_lost(it: Workplace) -> None:
    with git_host("github") as host:
        assert it.propose(host).returncode == 0
        it.shell(f"git fetch -q origin && git checkout -q {BRANCH}")
        it.shell("git commit -q --allow-empty -m 'a remark' && git push -q")
        done = it.propose(host)
    assert done.returncode == 2
    assert done.stderr == (
        f"{URL}: branch {BRANCH} has commits of reviewer@example.com, which would be lost: merge "
        "it, or delete it\n"
    )


def test_a_dist_of_another_version_is_not_proposed(it: Workplace) -> None:
    (it.root / CHANGED[-2]).write_text("# of another generator\n")
    it.git.commit("drift")
    with git_host("github") as host:
        done = it.propose(host)
    assert (done.returncode, done.stdout) == (1, f"differs: {CHANGED[-2]}\n")
    assert host.requests == []


@pytest.mark.parametrize(
    ("kind", "refusals", "merged"),
    [
        ("github", [], " when its checks have passed"),
        ("github", [(200, {"errors": [{"message": "Pull request is in clean status"}]})], ""),
        ("gitlab", [], " when its checks have passed"),
        ("gitlab", [(405, {"message": "405 Method Not Allowed"})], " when its checks have passed"),
    ],
)
def test_the_host_merges_where_the_policy_says_so(
    it: Workplace, kind: str, refusals: list[tuple[int, Any]], merged: str
) -> None:
    it.edit("environments/dev.yaml", "teams:", "policy: {promotion: {merge: automatic}}\nteams:")
    it.build()
    it.git.commit("the policy")
    with git_host(kind) as host:
        host.refusals = refusals
        done = it.propose(host)
    assert done.returncode == 0, done.stderr
    assert host.merged == [it.proposed("rev-parse", BRANCH) + merged]


def test_what_a_host_refuses_to_merge_is_told(it: Workplace) -> None:
    it.edit("environments/dev.yaml", "teams:", "policy: {promotion: {merge: automatic}}\nteams:")
    it.build()
    it.git.commit("the policy")
    with git_host("gitlab") as host:
        host.refusals = [(409, {"message": "SHA does not match HEAD of source branch"})]
        done = it.propose(host)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        f"{URL}: merge_requests/1 cannot be merged: 409 SHA does not match HEAD of source branch"
    )


def test_what_a_host_refuses_is_told(it: Workplace) -> None:
    with git_host("github") as host:
        done = it.propose(host, GIT_TOKEN="wrong")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        f"{URL}: GET {host.api}/repos/ml/platform/pulls: 401 Bad credentials"
    )
    done = it.propose(host)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(f"{URL}: {host.api} does not answer: ")


def test_a_step_that_fails_proposes_nothing(it: Workplace) -> None:
    with git_host("github") as host:
        done = it.propose(host, "canary", "sentiment", "--env", "dev", "--traffic", "25")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "dev: sentiment: there is no canary: synth model bump or promote with --canary brings one "
        "in\n"
    )
    assert host.requests == []


@pytest.mark.parametrize(
    ("repository", "more", "step", "token", "message"),
    [
        (
            "git@git.example.com:ml/platform.git", [], BUMP, TOKEN,
            "synth: git@git.example.com:ml/platform.git: a token opens an address by https only",
        ),
        (
            URL, [], BUMP, TOKEN,
            "synth: is git.example.com a GitHub or a GitLab? --host says so",
        ),
        (
            URL, ["--host", "github"], BUMP, "",
            "synth: GIT_TOKEN is not set: a token that may push and open merge requests",
        ),
        (
            URL, ["--host", "github"], ("gate", "sentiment"), TOKEN,
            "synth: what can be proposed is `model`, with one of bump, canary, promote, rollback",
        ),
    ],
)  # fmt: skip
def test_wrong_usage_is_told(
    tmp_path: Path,
    repository: str,
    more: list[str],
    step: tuple[str, ...],
    token: str,
    message: str,
) -> None:
    done = Repository(tmp_path).synth(
        "propose", "--repository", repository, *more, "model", *step, GIT_TOKEN=token
    )
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{message}\n")


def test_the_token_goes_to_the_repository_and_into_no_message(tmp_path: Path) -> None:
    tokens: list[str] = []

    def answer(request: Request) -> tuple[int, Any]:
        tokens.append(request.token)
        return 403, b"no"

    with answering(answer) as address:
        done = Repository(tmp_path).synth(
            "propose", "--repository", f"{address}/ml/platform.git", "--host", "github",
            "model", *BUMP, GIT_TOKEN=TOKEN,
        )  # fmt: skip
    assert tokens == ["Basic " + base64.b64encode(f"oauth2:{TOKEN}".encode()).decode()]
    assert done.returncode == 2
    assert "403" in done.stderr
    assert TOKEN not in done.stderr
