"""A content-addressed cache: results by the digest of everything they were made from.

An entry carries a seal over its place and its content and is dropped where that does not hold, so a
damaged cache costs time and never changes a result. A cache that cannot be written is as good as none.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import logging
import os
import shutil
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, Protocol
from uuid import uuid4

_LOG = logging.getLogger(__name__)
_SEAL_LENGTH = 32
_SHARED = frozenset({"parts", "pipelines", "references", "upstream"})
"""Sections that are made from contents alone, which is the same on every machine."""
_AT_ONCE = 16
"""So many questions to a store that is far away are waited for together."""
_ABANDONED = 86_400
"""Seconds after which a file that somebody was writing is what a killed process has left."""
LIMIT = 4 * 2**30
"""Bytes that the entries may have, where nobody says otherwise; six releases of Kubeflow and their
files are one and a half GiB.
"""


def default_folder() -> Path:
    """`$KFSYNTH_CACHE`, or `kfsynth` in the user's cache folder."""
    own = os.environ.get("KFSYNTH_CACHE")
    if own:
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "kfsynth"


class Store(Protocol):
    """Where machines share entries, by name: `parts/1f…`."""

    def read(self, name: str) -> bytes | None:
        """The entry, or None where there is none."""

    def write(self, name: str, data: bytes) -> None:
        """Keeps an entry."""


class Entry(NamedTuple):
    """What lies in the cache: a file, or a folder of upstream's files. `used` is a time in seconds of
    the epoch.
    """

    section: str
    path: Path
    size: int
    used: float


class Cache:
    """Entries in a folder, and in `store` where machines share one. `key` is a digest; `section` says
    what kind of thing is kept. With `secret` the entries of whoever does not have it are dropped.
    `limit` is in bytes; what was not used for the longest time goes first.
    """

    def __init__(
        self, folder: Path, store: Store | None = None, secret: bytes = b"", limit: int = LIMIT
    ) -> None:
        self.folder = folder
        self.limit = limit
        self._store = store
        self._secret = secret

    def get(self, section: str, key: str) -> bytes | None:
        """The entry, or None where there is none or it is damaged."""
        path = self.folder / section / key
        with contextlib.suppress(OSError):
            data = self._opened(section, key, path.read_bytes())
            if data is not None:
                with contextlib.suppress(OSError):  # it may be somebody else's, and only to be read
                    os.utime(path)
                return data
            _LOG.info("cache %s/%.12s is damaged, and dropped", section, key)
            path.unlink()
        return self._fetched(section, key)

    def get_all(self, section: str, keys: Collection[str]) -> dict[str, bytes | None]:
        """Many entries at once."""
        if self._store is None:
            return {key: self.get(section, key) for key in keys}
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return dict(zip(keys, pool.map(lambda key: self.get(section, key), keys), strict=True))

    def has(self, section: str, key: str) -> bool:
        """Whether there is an entry, which may yet turn out to be damaged."""
        return (self.folder / section / key).exists() or self._fetched(section, key) is not None

    def put(self, section: str, key: str, data: bytes) -> None:
        """Keeps an entry, whole or not at all."""
        sealed = self._seal(section, key, data) + data
        self._keep(section, key, sealed)
        if self._store is not None and section in _SHARED:
            self._store.write(f"{section}/{key}", sealed)

    def made(self, section: str, key: str, make: Callable[[], bytes]) -> bytes:
        """The entry, made and kept where it is missing."""
        data = self.get(section, key)
        _LOG.debug("cache %s/%.12s: %s", section, key, "made" if data is None else "there")
        if data is None:
            data = make()
            self.put(section, key, data)
        return data

    def entries(self) -> list[Entry]:
        """Everything in the folder, what was used the longest ago first."""
        return sorted(_entries(self.folder), key=lambda entry: (entry.used, entry.path))

    def trim(self) -> None:
        """Drops what was not used for the longest time until the rest is within the limit."""
        found = self.entries()
        total = sum(entry.size for entry in found)
        for entry in found:
            if total <= self.limit:
                return
            remove(entry)
            total -= entry.size

    def _fetched(self, section: str, key: str) -> bytes | None:
        if self._store is None or section not in _SHARED:
            return None
        sealed = self._store.read(f"{section}/{key}")
        data = None if sealed is None else self._opened(section, key, sealed)
        if sealed is not None and data is not None:
            self._keep(section, key, sealed)
        return data

    def _keep(self, section: str, key: str, sealed: bytes) -> None:
        path = self.folder / section / key
        temporary = path.with_name(f".{uuid4().hex}")
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(sealed)
            os.replace(temporary, path)

    def _opened(self, section: str, key: str, sealed: bytes) -> bytes | None:
        seal, data = sealed[:_SEAL_LENGTH], sealed[_SEAL_LENGTH:]
        return data if hmac.compare_digest(seal, self._seal(section, key, data)) else None

    def _seal(self, section: str, key: str, data: bytes) -> bytes:
        place = f"{section}/{key}\n".encode()
        seal = hmac.new(self._secret, place, hashlib.sha256)
        seal.update(data)
        return seal.digest()


def remove(entry: Entry) -> None:
    """Takes an entry away, unless somebody else has."""
    if entry.path.is_dir():
        # Nobody finds half of it: what begins so is no entry.
        gone = entry.path.with_name(f".{uuid4().hex}")
        with contextlib.suppress(OSError):
            entry.path.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
        return
    entry.path.unlink(missing_ok=True)


def _entries(folder: Path) -> Iterator[Entry]:
    for section in _scanned(folder):
        if not section.is_dir():
            continue
        for each in _scanned(Path(section.path)):
            with contextlib.suppress(OSError):  # somebody else may clear it just now
                status = each.stat()
                if each.name.startswith("."):
                    if time.time() - status.st_mtime > _ABANDONED:
                        remove(Entry(section.name, Path(each.path), 0, 0))
                    continue
                size = _size(each.path) if each.is_dir() else status.st_size
                yield Entry(section.name, Path(each.path), size, status.st_mtime)


def _scanned(folder: Path) -> list[os.DirEntry[str]]:
    try:
        return list(os.scandir(folder))
    except OSError:
        return []


def _size(folder: str) -> int:
    return sum(
        os.lstat(os.path.join(top, name)).st_size
        for top, _, names in os.walk(folder)
        for name in names
    )
