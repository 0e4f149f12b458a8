"""The git host that a command speaks to, by what its options say."""

from __future__ import annotations

import argparse
import os

from synth.cli.steps import stop
from synth.clients.github import GitHub
from synth.clients.gitlab import GitLab
from synth.clients.merge_requests import MergeRequests, host_of, path_of

_KNOWN = {
    "github.com": ("github", "https://api.github.com"),
    "gitlab.com": ("gitlab", "https://gitlab.com/api/v4"),
}
_APIS = {"github": "https://{host}/api/v3", "gitlab": "https://{host}/api/v4"}


def git_token(rights: str) -> str:
    """The token of the surroundings; ends the command where there is none that has these rights."""
    return os.environ.get("GIT_TOKEN") or stop(
        f"synth: GIT_TOKEN is not set: a token that may {rights}"
    )


def merge_requests(options: argparse.Namespace, token: str) -> MergeRequests:
    """The merge requests of the repository that the options name; ends the command where it cannot be
    told what its host is.
    """
    if not options.repository.startswith(("https://", "http://")):
        stop(f"synth: {options.repository}: a token opens an address by https only")
    name = host_of(options.repository)
    kind, api = _KNOWN.get(name, (options.host, ""))
    if kind is None:
        stop(f"synth: is {name} a GitHub or a GitLab? --host says so")
    api = options.api or api or _APIS[kind].format(host=name)
    host = GitHub if kind == "github" else GitLab
    return host(api, path_of(options.repository), token)
