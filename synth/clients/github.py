"""Pull requests on GitHub.

Source: https://docs.github.com/en/rest/pulls/pulls, version 2022-11-28, and
https://docs.github.com/en/graphql/reference/mutations#enablepullrequestautomerge.
"""

from __future__ import annotations

from synth.clients.merge_requests import Api, HostError, MergeRequest

_AUTO_MERGE = """
mutation ($id: ID!, $commit: GitObjectID!) {
  enablePullRequestAutoMerge(input: {pullRequestId: $id, expectedHeadOid: $commit}) {
    clientMutationId
  }
}
"""


class GitHub:
    """The pull requests of `owner/name`.

    `api` is `https://api.github.com`, or `https://<host>/api/v3` of an Enterprise Server.
    """

    def __init__(self, api: str, project: str, token: str) -> None:
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
        self._rest = Api(api, token, **headers)
        self._graphql = Api(api.rstrip("/").removesuffix("/v3"), token)
        self._pulls = f"/repos/{project}/pulls"
        self._issues = f"/repos/{project}/issues"
        self._owner = project.partition("/")[0]

    def propose(self, branch: str, base: str, title: str, body: str) -> MergeRequest:
        """The open pull request from a branch to a base, made or brought up to date."""
        there = {"state": "open", "head": f"{self._owner}:{branch}", "base": base}
        said = {"title": title, "body": body}
        found = self._rest.ask("GET", self._pulls, params=there)
        if found:
            pull = self._rest.ask("PATCH", f"{self._pulls}/{found[0]['number']}", json=said)
        else:
            pull = self._rest.ask("POST", self._pulls, json={**said, "head": branch, "base": base})
        return MergeRequest(pull["number"], pull["html_url"], pull["node_id"])

    def comment(self, number: int, mark: str, text: str) -> str:
        """The address of a comment on a pull request that begins with this mark, made or brought up
        to date.

        Source: https://docs.github.com/en/rest/issues/comments, version 2022-11-28.
        """
        for each in self._rest.every(f"{self._issues}/{number}/comments"):
            if each["body"].startswith(mark):
                where = f"{self._issues}/comments/{each['id']}"
                return str(self._rest.ask("PATCH", where, json={"body": text})["html_url"])
        where = f"{self._issues}/{number}/comments"
        return str(self._rest.ask("POST", where, json={"body": text})["html_url"])

    def merge(self, request: MergeRequest, commit: str) -> bool:
        """Auto-merge where something has to be waited for; GitHub refuses it where nothing has."""
        variables = {"id": request.id, "commit": commit}
        answer = self._graphql.ask(
            "POST", "/graphql", json={"query": _AUTO_MERGE, "variables": variables}
        )
        errors = "; ".join(each["message"] for each in answer.get("errors", ()))
        if not errors:
            return False
        if "clean status" not in errors:
            raise HostError(f"{request.url}: {errors}")
        self._rest.ask("PUT", f"{self._pulls}/{request.number}/merge", json={"sha": commit})
        return True
