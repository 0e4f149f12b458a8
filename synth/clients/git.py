"""The past of files, as git knows it."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path


class GitError(Exception):
    """Git is not there, or has nothing of the kind."""


def revisions(root: Path, path: str) -> Iterator[str]:
    """The commits that changed `path`, the newest first. Raises GitError."""
    yield from _git(root, "log", "--format=%H", "--", path).decode().split()


def extract(root: Path, revision: str, path: str, into: Path) -> bool:
    """Puts what `path` was at a revision into a folder; False where it was not there.

    Raises GitError where there is no such revision.
    """
    if not _git(root, "ls-tree", revision, "--", path):
        return False
    with tarfile.open(fileobj=io.BytesIO(_git(root, "archive", revision, "--", path))) as archive:
        archive.extractall(into, filter="data")
    return True


def _git(root: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=True)
    except FileNotFoundError:
        raise GitError("there is no git on PATH") from None
    except subprocess.CalledProcessError as error:
        raise GitError(error.stderr.decode(errors="replace").strip()) from None
    return done.stdout
