"""Digests of texts, files and folders: keys of the cache, and what tells that something has changed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path


def digest(*parts: str | bytes) -> str:
    """A key of everything in `parts`, in order; no two lists of parts share one."""
    hasher = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        hasher.update(len(data).to_bytes(8, "big"))
        hasher.update(data)
    return hasher.hexdigest()


def folder_digest(root: Path, *, skip: Callable[[str], bool] = lambda name: False) -> str:
    """A digest of everything below `root` (or of the file `root`): paths, contents, links.

    `skip` leaves out files and folders by name. A missing folder is as good as an empty one, and
    what may not be read counts as such. Reads everything: times and sizes can lie.
    """
    hasher = hashlib.sha256()
    for path, content in _contents(str(root), "", skip):
        hasher.update(f"{len(path)} {len(content)} {path}".encode(errors="surrogateescape"))
        hasher.update(content)
    return hasher.hexdigest()


def tree_digest(root: Path) -> str:
    """The digest of a checkout such as a local copy of upstream; what git and Python keep beside
    the files does not count.
    """
    return folder_digest(root, skip=lambda name: name in (".git", "__pycache__"))


def _contents(path: str, name: str, skip: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    try:
        with os.scandir(path) as folder:
            entries = sorted(folder, key=lambda entry: entry.name)
    except NotADirectoryError:
        entries = []
        yield name, _content(path)
    except FileNotFoundError:
        return
    except PermissionError:
        yield name, b"may not be read"
        return
    for entry in entries:
        if skip(entry.name):
            continue
        if entry.is_dir():
            yield f"{name}/{entry.name}/", b""
            yield from _contents(entry.path, f"{name}/{entry.name}", skip)
        else:
            yield f"{name}/{entry.name}", _content(entry.path)


def _content(path: str) -> bytes:
    """A file's content, or what stands in the place of one that cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return os.readlink(path).encode()
    except PermissionError:
        return b"may not be read"
