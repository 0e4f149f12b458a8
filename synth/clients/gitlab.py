"""Merge requests on GitLab.

Source: https://docs.gitlab.com/api/merge_requests/, 17.11.
"""

from __future__ import annotations

import time
from urllib.parse import quote

from synth.clients.merge_requests import Api, HostError, MergeRequest

_CHECKING = (405, 422)
"""What GitLab answers as long as it has not found out whether a new one can be merged, too."""
_WAITS = (1, 2, 4, 8, 16)
"""Seconds between the tries."""


class GitLab:
    """The merge requests of a project; `api` is `https://gitlab.com/api/v4` or another host's."""

    def __init__(self, api: str, project: str, token: str) -> None:
        self._api = Api(api, token)
        self._requests = f"/projects/{quote(project, safe='')}/merge_requests"

    def propose(self, branch: str, base: str, title: str, body: str) -> MergeRequest:
        """The open merge request from a branch to a base, made or brought up to date."""
        there = {"source_branch": branch, "target_branch": base}
        said = {"title": title, "description": body}
        found = self._api.ask("GET", self._requests, params={**there, "state": "opened"})
        if found:
            request = self._api.ask("PUT", f"{self._requests}/{found[0]['iid']}", json=said)
        else:
            request = self._api.ask(
                "POST", self._requests, json={**there, **said, "remove_source_branch": True}
            )
        return MergeRequest(request["iid"], request["web_url"], str(request["id"]))

    def merge(self, request: MergeRequest, commit: str) -> bool:
        """Auto-merge, which merges at once where there is no pipeline to wait for."""
        said = {
            "sha": commit,
            "auto_merge": True,
            "merge_when_pipeline_succeeds": True,  # its name before 17.11
        }
        for wait in (*_WAITS, 0):
            status, answer = self._api.answer(
                "PUT", f"{self._requests}/{request.number}/merge", json=said
            )
            if status < 400:
                return bool(answer["state"] == "merged")
            if status not in _CHECKING:
                break
            time.sleep(wait)
        raise HostError(f"{request.url} cannot be merged: {status} {answer.get('message', answer)}")
