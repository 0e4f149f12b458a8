"""The past of files, as git knows it."""

from __future__ import annotations

import hashlib
import io
import logging
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from synth.clients import ClientError

_LOG = logging.getLogger(__name__)


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


def branched_from(root: Path) -> str:
    """The commit that the working tree's branch began at: the newest that it shares with the
    default branch of origin; HEAD where there is no origin. Raises GitError.
    """
    try:
        commit = _git(root, "merge-base", "HEAD", "refs/remotes/origin/HEAD").decode().strip()
    except GitError:
        commit = "HEAD"
    return _git(root, "rev-parse", "--short=12", commit).decode().strip()


def committed(
    root: Path, revision: str, paths: Sequence[str], known: Mapping[str, bytes]
) -> dict[str, bytes]:
    """Every regular file below the paths at a revision, by its path below `root`. Only what is not
    `known` with the same content is read. Raises GitError.
    """
    _check_revision(root, revision)
    listed = _git(root, "ls-tree", "-r", "-z", "--full-tree", f"{revision}:./", "--", *paths)
    entries = [entry.split("\t", 1) for entry in listed.decode().split("\0") if entry]
    ids = {path: how.split()[2] for how, path in entries if how.startswith("100")}
    files = {path: known[path] for path, id in ids.items() if _blob(known.get(path), id) == id}
    missing = [path for path in ids if path not in files]
    asked = "".join(f"{ids[path]}\n" for path in missing).encode()
    answer = io.BytesIO(_git(root, "cat-file", "--batch", given=asked) if missing else b"")
    for path in missing:
        size = int(answer.readline().split()[2])
        files[path] = answer.read(size)
        answer.read(1)
    return files


def origin(root: Path) -> str:
    """Where the repository at this folder itself is pushed to; empty where there is none."""
    if not (root / ".git").exists():
        return ""
    return setting(root, "remote.origin.url")


def setting(root: Path, key: str) -> str:
    """A value of git's configuration as it is seen from a folder; empty where there is none."""
    try:
        return _git(root, "config", "--get", key).decode().strip()
    except GitError:
        return ""


def _blob(content: bytes | None, like: str) -> str:
    """What git would call this content, by the hash that it has called something else by."""
    if content is None:
        return ""
    algorithm = "sha1" if len(like) == 40 else "sha256"
    return hashlib.new(algorithm, b"blob %d\0" % len(content) + content).hexdigest()


def _check_revision(root: Path, revision: str) -> None:
    try:
        _git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    except GitError as error:
        # It is quiet about a revision that is not there, and about nothing else.
        raise GitError(str(error) or f"there is no revision {revision}") from None


def _git(root: Path, *arguments: str, given: bytes | None = None) -> bytes:
    _LOG.info("git %s", " ".join(arguments))
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=root, input=given, capture_output=True, check=True
        )
    except FileNotFoundError:
        raise GitError("there is no git on PATH") from None
    except subprocess.CalledProcessError as error:
        raise GitError(error.stderr.decode(errors="replace").strip()) from None
    return done.stdout
