"""A store that machines share, wherever fsspec reaches: a folder, S3, GCS, Azure, …"""

from __future__ import annotations

import logging
from typing import Any

_LOG = logging.getLogger(__name__)


class StoreError(Exception):
    """There is no such store, or what reaches it is not installed."""


class Store:
    """The store at a URL such as `s3://bucket/kfsynth` or `file:///mnt/kfsynth`; credentials come from
    where the client of each kind looks for them. Raises StoreError.

    One that is away is left alone from then on: it saves time, and nothing depends on it.
    """

    def __init__(self, url: str) -> None:
        from fsspec.core import url_to_fs

        try:
            self._files, self._root = url_to_fs(url, **_options(url))
        except (ImportError, ValueError, OSError) as error:
            raise StoreError(f"{url}: {error}") from None
        self._url = url
        self._away = False

    def read(self, name: str) -> bytes | None:
        """The entry, or None where there is none."""
        if self._away:
            return None
        try:
            data: bytes = self._files.cat_file(f"{self._root}/{name}")
        except FileNotFoundError:
            return None
        except Exception as error:  # noqa: BLE001  # every client raises its own
            self._leave(error)
            return None
        return data

    def write(self, name: str, data: bytes) -> None:
        """Keeps an entry."""
        if self._away:
            return
        try:
            self._files.pipe_file(f"{self._root}/{name}", data)
        except Exception as error:  # noqa: BLE001
            self._leave(error)

    def _leave(self, error: Exception) -> None:
        self._away = True
        _LOG.warning("the cache at %s is left alone: %s", self._url, error)


def _options(url: str) -> dict[str, Any]:
    # Object stores have no folders that have to be made first.
    return {"auto_mkdir": True} if "://" not in url or url.startswith("file:") else {}
