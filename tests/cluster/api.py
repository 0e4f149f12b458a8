"""The API server as controllers see it: objects as plain data, by kind."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import httpx2

from synth.kit.objects import Body


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of objects, as the API server serves it: `v1` and `pods`, `apps/v1` and so on."""

    api_version: str
    plural: str

    def path(self, namespace: str = "", name: str = "") -> str:
        """Where one object is, or all of a namespace, or all."""
        where = f"/namespaces/{namespace}" if namespace else ""
        return f"{self.version_path()}{where}/{self.plural}" + (f"/{name}" if name else "")

    def version_path(self) -> str:
        """Where the kinds of its version are listed."""
        top = "apis" if "/" in self.api_version else "api"
        return f"/{top}/{self.api_version}"


class Api:
    """A client of the API server; a thread of its own has one of its own."""

    def __init__(self, server: str, authority: Path, token: str) -> None:
        self._http = httpx2.Client(
            base_url=server,
            headers={"Authorization": f"Bearer {token}"},
            verify=ssl.create_default_context(cafile=str(authority)),
            timeout=30,
        )

    def all(self, kind: Kind) -> list[Body]:
        """All objects of a kind in all namespaces; none while the kind is not there."""
        found = self._get(kind.path())
        items: list[Body] = found["items"] if found else []
        return items

    def one(self, kind: Kind, name: str, namespace: str = "") -> Body | None:
        """An object, if it is there."""
        return self._get(kind.path(namespace, name))

    def serves(self, kind: Kind) -> bool:
        """Whether there is such a kind: a word of the API server, where its CRD may be a megabyte."""
        version = self._get(kind.version_path())
        resources = version["resources"] if version else []
        return any(each["name"] == kind.plural for each in resources)

    def merge(
        self, kind: Kind, body: Body, patch: Mapping[str, object], *, status: bool = False
    ) -> None:
        """A JSON merge patch to an object, or to its status; nothing to one that has gone."""
        metadata = body["metadata"]
        path = kind.path(metadata.get("namespace", ""), metadata["name"])
        answer = self._http.patch(
            f"{path}/status" if status else path,
            json=patch,
            headers={"Content-Type": "application/merge-patch+json"},
        )
        if answer.status_code != HTTPStatus.NOT_FOUND:
            answer.raise_for_status()

    def _get(self, path: str) -> Body | None:
        answer = self._http.get(path)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return None
        body: Body = answer.raise_for_status().json()
        return body
