"""The past of files, as git knows it."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path

from synth.clients import ClientError


class GitError(ClientError):
    """Git is not there, or has nothing of the kind."""


def revisions(root: Path, paths: Sequence[str], since: str = "") -> list[str]:
    """The commits that changed any of the paths, or those since a time in ISO 8601, the newest
    first. Raises GitError.
    """
    after = [f"--since={since}"] if since else []
    return _git(root, "log", "--format=%H", *after, "--", *paths).decode().split()


def extract(root: Path, revision: str, paths: Sequence[str], into: Path) -> bool:
    """Puts those of the paths that were there at a revision into a folder; False for none.

    Raises GitError where there is no such revision.
    """
    listed = _git(root, "ls-tree", "--name-only", "-z", revision, "--", *paths).decode()
    there = [path for path in listed.split("\0") if path]
    if not there:
        return False
    with tarfile.open(fileobj=io.BytesIO(_git(root, "archive", revision, "--", *there))) as archive:
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
