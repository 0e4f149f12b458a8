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
        self._page = f"{api.rstrip('/').removesuffix('/api/v4')}/{project}/-/merge_requests"
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

    def comment(self, number: int, mark: str, text: str) -> str:
        """The address of a note on a merge request that begins with this mark, made or brought up to
        date.

        Source: https://docs.gitlab.com/api/notes/, 17.11.
        """
        notes = f"{self._requests}/{number}/notes"
        for each in self._api.every(notes):
            if each["body"].startswith(mark):
                note = self._api.ask("PUT", f"{notes}/{each['id']}", json={"body": text})
                break
        else:
            note = self._api.ask("POST", notes, json={"body": text})
        return f"{self._page}/{number}#note_{note['id']}"

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
