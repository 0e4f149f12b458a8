"""The rendered objects of an environment, by what they are called, and their files."""

from __future__ import annotations

from collections.abc import Iterable

from synth.kit.objects import Identity, Resource, identity
from synth.render.plan import file_name


class Objects:
    """Finds objects by kind, namespace and name."""

    def __init__(self, environment: str, resources: Iterable[Resource]) -> None:
        self.environment = environment
        self.resources = list(resources)
        self._known = {
            (each.body["kind"], *identity(each.body)[2:]): each for each in self.resources
        }

    def find(self, kind: str, namespace: str, name: str) -> Resource | None:
        """The object, where it is rendered."""
        return self._known.get((kind, namespace, name))

    def file(self, kind: str, namespace: str, name: str) -> str:
        """Its file from the repository's root; empty where there is none."""
        found = self.find(kind, namespace, name)
        return self.file_of(found.application, identity(found.body)) if found else ""

    def file_of(self, application: str, this: Identity) -> str:
        """Where a rendered object of an application is written."""
        return f"dist/{self.environment}/{application}/{file_name(this)}"
