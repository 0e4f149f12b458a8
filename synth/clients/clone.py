"""A clone of a repository that a change is made in and pushed from."""

from __future__ import annotations

import base64
import os
import subprocess
from pathlib import Path

from synth.clients.git import GitError

_IDENTITY = ("-c", "user.name=kfsynth", "-c", "user.email=kfsynth@localhost")
"""Who commits, where GIT_AUTHOR_NAME and the like do not say otherwise."""


class LostRaceError(GitError):
    """Somebody else pushed to the branch meanwhile."""


class Clone:
    """A branch of a repository and a working tree of it in a folder.

    The token goes to the repository's own address and nowhere else, in a header: neither other
    users of the machine nor git's messages see it. Raises GitError.
    """

    def __init__(self, folder: Path, url: str, base: str, token: str) -> None:
        self.root = folder
        self._base = base
        self._environment = _environment(url, token)
        self._head = ""
        # The whole past of the branch: what was stable before stands in it.
        self._git("clone", "--quiet", "--single-branch", "--branch", base, url, ".")

    def start(self, branch: str) -> None:
        """The newest state of the base, as the beginning of a branch; whatever else was in the
        working tree is gone. Raises GitError where the branch has commits of somebody else.
        """
        self._git("fetch", "--quiet", "origin", f"+refs/heads/{self._base}:{_remote(self._base)}")
        self._git("update-ref", "-d", _remote(branch))
        if self._there(branch):
            self._git("fetch", "--quiet", "origin", f"+refs/heads/{branch}:{_remote(branch)}")
            self._refuse_others(branch)
        self._git("checkout", "--quiet", "--force", "-B", branch, _remote(self._base))
        self._git("clean", "-qfdx")
        self._head = self._git("rev-parse", _remote(self._base))

    def commit(self, message: str) -> bool:
        """Everything that has changed; False where nothing has. Raises GitError."""
        self._git("add", "--all")
        if not self._git("status", "--porcelain"):
            return False
        self._git(*_IDENTITY, "commit", "--quiet", "--message", message)
        return True

    def push(self, branch: str) -> str:
        """Puts the branch where it is asked for and returns its commit; one that is there already
        with the same content on the same base stays. Raises LostRaceError, GitError.
        """
        there = self._git("for-each-ref", "--format=%(objectname)", _remote(branch))
        if there and self._content(there) == self._content("HEAD"):
            return there
        lease = f"--force-with-lease=refs/heads/{branch}:{there}"
        try:
            self._git("push", "--quiet", lease, "origin", f"HEAD:refs/heads/{branch}")
        except GitError as error:
            if "stale info" in str(error) or "cannot lock ref" in str(error):
                raise LostRaceError(str(error)) from None
            raise
        return self._git("rev-parse", "HEAD")

    def base_moved(self) -> bool:
        """Whether the base has other commits than those that the branch began with."""
        return self._there(self._base) != self._head

    def _there(self, branch: str) -> str:
        """The commit of a branch in the repository; empty where it has no such branch."""
        listed = self._git("ls-remote", "origin", f"refs/heads/{branch}")
        return listed.partition("\t")[0]

    def _content(self, commit: str) -> str:
        """Its tree and what it stands on."""
        return self._git("show", "--no-patch", "--format=%T %P", commit)

    def _refuse_others(self, branch: str) -> None:
        ours = self._git(*_IDENTITY, "var", "GIT_COMMITTER_IDENT").partition("<")[2].partition(">")
        since = f"{_remote(self._base)}..{_remote(branch)}"
        emails = self._git("log", "--no-merges", "--format=%ce", since).split()
        if others := sorted({email for email in emails if email != ours[0]}):
            raise GitError(
                f"branch {branch} has commits of {', '.join(others)}, which would be lost: merge "
                "it, or delete it"
            )

    def _git(self, *arguments: str) -> str:
        try:
            done = subprocess.run(
                ["git", *arguments],
                cwd=self.root,
                env=self._environment,
                capture_output=True,
                text=True,
                check=True,
            )
        except FileNotFoundError:
            raise GitError("there is no git on PATH") from None
        except subprocess.CalledProcessError as error:
            raise GitError(error.stderr.strip()) from None
        return done.stdout.strip()


def _remote(branch: str) -> str:
    return f"refs/remotes/origin/{branch}"


def _environment(url: str, token: str) -> dict[str, str]:
    """git-config's GIT_CONFIG_COUNT, KEY and VALUE, after those that are there already; both
    GitHub and GitLab take a token as the password of any user.
    """
    number = int(os.environ.get("GIT_CONFIG_COUNT", "0"))
    secret = base64.b64encode(f"oauth2:{token}".encode()).decode()
    return {
        **os.environ,
        "GIT_CONFIG_COUNT": str(number + 1),
        f"GIT_CONFIG_KEY_{number}": f"http.{url}.extraHeader",
        f"GIT_CONFIG_VALUE_{number}": f"Authorization: Basic {secret}",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }
