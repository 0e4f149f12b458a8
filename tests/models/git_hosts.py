"""A GitHub and a GitLab of one repository that speak their APIs as far as `synth propose` and `synth
comment` listen.

Source: https://docs.github.com/en/rest/pulls/pulls, https://docs.github.com/en/rest/issues/comments,
https://docs.gitlab.com/api/merge_requests/, https://docs.gitlab.com/api/notes/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.answers import Request, answering

TOKEN = "s3cret"
BRANCH = "synth/dev/sentiment"


@dataclass
class GitHost:
    """What the host has been told; `before` runs before every answer."""

    kind: str
    branch: str = BRANCH
    """The branch of the one merge request."""
    requests: list[dict[str, Any]] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    refusals: list[tuple[int, Any]] = field(default_factory=list)
    """What it answers to the next attempts to merge, instead of merging."""
    comments: list[str] = field(default_factory=list)
    """The bodies of those on merge request 7, the oldest first."""
    address: str = ""

    @property
    def api(self) -> str:
        return f"{self.address}/api/v4" if self.kind == "gitlab" else f"{self.address}/api/v3"

    def answer(self, request: Request) -> tuple[int, Any]:
        if request.token != f"Bearer {TOKEN}":
            return 401, {"message": "Bad credentials"}
        return (self._gitlab if self.kind == "gitlab" else self._github)(request)

    def _github(self, request: Request) -> tuple[int, Any]:
        if request.path == "/api/graphql":
            assert "enablePullRequestAutoMerge" in request.body["query"]
            return self._merge(request.body["variables"]["commit"])
        issues = "/api/v3/repos/ml/platform/issues"
        if request.path.startswith(issues):
            return self._comments(
                request, request.path, f"{issues}/7/comments", f"{issues}/comments"
            )
        path = request.path.removeprefix("/api/v3/repos/ml/platform/pulls")
        if path.endswith("/merge"):
            self.merged.append(request.body["sha"])
            return 200, {"merged": True}
        return self._request(
            request,
            path,
            {"state": "open", "head": f"ml:{self.branch}", "base": "main"},
            lambda number: {"number": number, "html_url": f"pull/{number}", "node_id": "PR_1"},
        )

    def _comments(self, request: Request, path: str, every: str, one: str) -> tuple[int, Any]:
        if request.method == "GET":
            assert path == every
            begin = (int(request.query["page"]) - 1) * int(request.query["per_page"])
            shown = self.comments[begin:][: int(request.query["per_page"])]
            return 200, [self._comment(begin + i) for i in range(len(shown))]
        body = request.body["body"]
        if request.method == "POST":
            assert path == every
            self.comments.append(body)
            return 201, self._comment(len(self.comments) - 1)
        assert request.method == {"github": "PATCH"}.get(self.kind, "PUT")
        number = int(path.removeprefix(f"{one}/"))
        self.comments[number] = body
        return 200, self._comment(number)

    def _comment(self, number: int) -> dict[str, Any]:
        body = self.comments[number]
        return {"id": number, "body": body, "html_url": f"pull/7#issuecomment-{number}"}

    def _gitlab(self, request: Request) -> tuple[int, Any]:
        notes = "/api/v4/projects/ml%2Fplatform/merge_requests/7/notes"
        if request.path.startswith(notes):
            return self._comments(request, request.path, notes, notes)
        path = request.path.removeprefix("/api/v4/projects/ml%2Fplatform/merge_requests")
        if path.endswith("/merge"):
            return self._merge(request.body["sha"])
        return self._request(
            request,
            path,
            {
                "state": "opened",
                "source_branch": self.branch,
                "target_branch": "main",
            },
            lambda number: {"iid": number, "web_url": f"merge_requests/{number}", "id": 1},
        )

    def _request(
        self,
        request: Request,
        path: str,
        asked: dict[str, str],
        shown: Callable[[int], dict[str, Any]],
    ) -> tuple[int, Any]:
        if request.method == "GET":
            assert request.query == asked
            return 200, [shown(1)] if self.requests else []
        if request.method == "POST":
            assert (path, self.requests) == ("", [])
        else:
            assert (request.method, path) == ({"github": "PATCH"}.get(self.kind, "PUT"), "/1")
        self.requests.append(request.body)
        return 200, shown(1)

    def _merge(self, commit: str) -> tuple[int, Any]:
        if self.refusals:
            return self.refusals.pop(0)
        self.merged.append(f"{commit} when its checks have passed")
        return 200, {"state": "opened"}


@contextmanager
def git_host(kind: str, branch: str = BRANCH) -> Iterator[GitHost]:
    """Such a host on this machine, while it is needed."""
    host = GitHost(kind, branch)
    with answering(host.answer) as address:
        host.address = address
        yield host
