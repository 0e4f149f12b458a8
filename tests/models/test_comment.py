"""`synth comment`: one comment of a merge request, however often it is pushed to."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tests.models.git_hosts import TOKEN, GitHost, git_host
from tests.repository import Repository

URL = "https://git.example.com/ml/platform.git"
MARK = "<!-- synth: diff -->\n"


def comment(
    host: GitHost, text: str, *more: str, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> tuple[int, str, str]:
    monkeypatch.setenv("GIT_TOKEN", TOKEN)
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    done = Repository(folder).synth(
        "comment", "--repository", URL, "--host", host.kind, "--api", host.api, "--request", "7",
        *more,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


ADDRESSES = {
    "github": "pull/7#issuecomment-{0}\n",
    "gitlab": "{1}/ml/platform/-/merge_requests/7#note_{0}\n",
}


@pytest.mark.parametrize("kind", ADDRESSES)
def test_the_next_one_takes_the_place_of_the_last(
    kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with git_host(kind) as host:
        # More than a page of what others said, the mark quoted among it.
        host.comments += [f"> {MARK}", *(f"comment {i}" for i in range(120))]
        there = list(host.comments)
        said = ADDRESSES[kind].format(121, host.address)
        for text in ("3 objects change\n", "nothing changes\n"):
            done = comment(host, text, monkeypatch=monkeypatch, folder=tmp_path)
            assert done == (0, said, "")
            assert host.comments == [*there, f"{MARK}{text}"]
        done = comment(host, "fine\n", "--name=rules", monkeypatch=monkeypatch, folder=tmp_path)
        assert done == (0, ADDRESSES[kind].format(122, host.address), "")
        assert host.comments[121:] == [
            f"{MARK}nothing changes\n",
            "<!-- synth: rules -->\nfine\n",
        ]


def test_a_comment_that_is_too_long(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with git_host("github") as host:
        done = comment(host, "x" * 65_536, monkeypatch=monkeypatch, folder=tmp_path)
        assert host.comments == []
    assert done == (2, "", "synth comment: 65557 characters, and a comment takes 65536\n")


def test_a_token_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GIT_TOKEN", raising=False)
    done = Repository(tmp_path).synth("comment", "--repository", URL, "--request", "7")
    assert (done.returncode, done.stderr) == (
        2,
        "synth: GIT_TOKEN is not set: a token that may comment on merge requests\n",
    )
