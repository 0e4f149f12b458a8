"""What RBAC lets somebody do, one thing at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Permission(NamedTuple):
    """A verb on a resource (`pods`, `deployments.apps`), on one object of it, or on a path."""

    resource: str
    verb: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.verb} {self.resource}{f' {self.name}' if self.name else ''}"

    @property
    def wide(self) -> bool:
        """Whether it stands for more than it names."""
        return "*" in self.verb or "*" in self.resource


def permissions(body: Mapping[str, Any]) -> set[Permission]:
    """Everything that the rules of a Role or ClusterRole permit."""
    found = set()
    for rule in body.get("rules") or ():
        paths = rule.get("nonResourceURLs") or ()
        resources = [
            f"{resource}.{group}" if group else resource
            for group in rule.get("apiGroups") or ("",)
            for resource in rule.get("resources") or ()
        ]
        for verb in rule.get("verbs") or ():
            for resource in (*resources, *paths):
                for name in rule.get("resourceNames") or ("",):
                    found.add(Permission(resource, verb, name))
    return found
