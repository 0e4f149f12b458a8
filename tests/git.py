"""A git repository that a team's pull requests would land in."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path


class GitRepository:
    """A bare repository that Argo CD reads, and the working tree that is pushed to it."""

    def __init__(self, folder: Path) -> None:
        self.tree = folder / "platform"
        self.bare = folder / "platform.git"
        self.url = f"file://{self.bare}"
        self.tree.mkdir(parents=True, exist_ok=True)
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", self.bare], check=True)
        self._git("init", "-q", "-b", "main")
        self._git("remote", "add", "origin", self.url)

    def commit(self, message: str, author: str = "tests") -> str:
        """All of the working tree, pushed to main; the commit's hash."""
        self._git("add", "-A")
        who = f"{author} <{author.lower()}@example.com>"
        self._git("commit", "-q", "--allow-empty", "-m", message, "--author", who)
        self._git("push", "-q", "origin", "main")
        return self.head()

    def changed(self, since: str = "") -> list[str]:
        """The files that the last commit changed, or all commits after one."""
        commits = ("log", f"{since}..HEAD") if since else ("show",)
        return self._git(*commits, "--format=", "--name-only").splitlines()

    def head(self) -> str:
        """The last commit's hash."""
        return self._git("rev-parse", "HEAD").strip()

    def revert(self) -> str:
        """The last commit taken back by another one; its hash."""
        self._git("revert", "--no-edit", "HEAD")
        self._git("push", "-q", "origin", "main")
        return self.head()

    def remove(self, name: str) -> None:
        """Remove a file or folder from the working tree, if it is there."""
        self._git("rm", "-rqf", "--ignore-unmatch", name)
        shutil.rmtree(self.tree / name, ignore_errors=True)

    def restore(self, commit: str) -> str:
        """Everything as it was in a commit, by another one; its hash."""
        self._git("read-tree", "-u", "--reset", commit)
        self._git("clean", "-qfd")
        return self.commit(f"As in {commit}")

    def _git(self, *arguments: str) -> str:
        identity = {
            f"GIT_{who}_{what}": value
            for who in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", "tests"), ("EMAIL", "tests@example.com"))
        }
        return subprocess.run(
            ["git", *arguments],
            cwd=self.tree,
            env={**os.environ, **identity},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
