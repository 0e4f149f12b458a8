"""A content-addressed cache: results by the digest of everything they were made from.

An entry carries a checksum and is dropped where that does not hold, so a damaged cache costs time
and never changes a result. A cache that cannot be written is as good as none.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

_LOG = logging.getLogger(__name__)
_DIGEST_LENGTH = 32


def digest(*parts: str | bytes) -> str:
    """A key of everything in `parts`, in order; no two lists of parts share one."""
    hasher = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        hasher.update(len(data).to_bytes(8, "big"))
        hasher.update(data)
    return hasher.hexdigest()


def default_folder() -> Path:
    """`$KFSYNTH_CACHE`, or `kfsynth` in the user's cache folder."""
    own = os.environ.get("KFSYNTH_CACHE")
    if own:
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "kfsynth"


class Cache:
    """Entries in a folder. `key` is a digest; `section` says what kind of thing is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, section: str, key: str) -> bytes | None:
        """The entry, or None where there is none or it is damaged."""
        try:
            stored = (self.folder / section / key).read_bytes()
        except OSError:
            return None
        checksum, data = stored[:_DIGEST_LENGTH], stored[_DIGEST_LENGTH:]
        return data if hashlib.sha256(data).digest() == checksum else None

    def put(self, section: str, key: str, data: bytes) -> None:
        """Keeps an entry, whole or not at all."""
        path = self.folder / section / key
        temporary = path.with_name(f".{key}.{os.getpid()}")
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(hashlib.sha256(data).digest() + data)
            os.replace(temporary, path)

    def made(self, section: str, key: str, make: Callable[[], bytes]) -> bytes:
        """The entry, made and kept where it is missing."""
        data = self.get(section, key)
        _LOG.debug("cache %s/%.12s: %s", section, key, "made" if data is None else "there")
        if data is None:
            data = make()
            self.put(section, key, data)
        return data


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
