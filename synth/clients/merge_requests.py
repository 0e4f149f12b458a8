"""What a git host knows as a merge request (GitLab) or pull request (GitHub)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx2

from synth.clients import ClientError

_LOG = logging.getLogger(__name__)


class HostError(ClientError):
    """The git host is away, or refuses what was asked."""


@dataclass(frozen=True, slots=True)
class MergeRequest:
    """One that is open: its number, its page, and what the host calls it elsewhere."""

    number: int
    url: str
    id: str


class MergeRequests(Protocol):
    """The merge requests of one repository."""

    def propose(self, branch: str, base: str, title: str, body: str) -> MergeRequest:
        """The open one from a branch to a base, made or brought up to date. Raises HostError."""

    def merge(self, request: MergeRequest, commit: str) -> bool:
        """Has the host merge it as soon as it may, if the branch is still at that commit; whether
        that has happened already. Raises HostError.
        """

    def comment(self, number: int, mark: str, text: str) -> str:
        """The address of a comment on one that begins with this mark, made or brought up to date.
        Raises HostError.
        """


_PAGE = 100
"""Entries of a list that GitHub and GitLab give at once at most."""


class Api:
    """An HTTP API of JSON that takes a token."""

    def __init__(self, address: str, token: str, **headers: str) -> None:
        self._address = address.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}", **headers}

    def ask(self, method: str, path: str, **said: Any) -> Any:
        """What the host answers; `said` is what httpx2 takes. Raises HostError."""
        status, answer = self.answer(method, path, **said)
        if status >= 400:
            reason = answer.get("message") or answer.get("error") or answer
            raise HostError(f"{method} {self._address}{path}: {status} {reason}")
        return answer

    def every(self, path: str) -> Iterator[Any]:
        """Every entry of a list, page after page. Raises HostError."""
        for page in count(1):
            entries = self.ask("GET", path, params={"per_page": str(_PAGE), "page": str(page)})
            yield from entries
            if len(entries) < _PAGE:
                return

    def answer(self, method: str, path: str, **said: Any) -> tuple[int, Any]:
        """The status, and what the host answers with it. Raises HostError where it is away."""
        try:
            answer = httpx2.request(
                method, f"{self._address}{path}", headers=self._headers, timeout=30, **said
            )
            _LOG.info("%s %s%s: %s", method, self._address, path, answer.status_code)
            return answer.status_code, answer.json()
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            raise HostError(f"{self._address} does not answer: {error}") from None


def host_of(url: str) -> str:
    """The host of a repository's address: `github.com` of `https://github.com/ml/platform.git`."""
    return urlsplit(url).netloc.rpartition("@")[2]


def path_of(url: str) -> str:
    """The path of a repository on its host: `ml/platform`."""
    return urlsplit(url).path.strip("/").removesuffix(".git")
