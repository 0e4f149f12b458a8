"""What RBAC lets somebody do, one thing at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple


class Permission(NamedTuple):
    """A verb on a resource (`pods`, `deployments.apps`), on one object of it, or on a path."""

    resource: str
    verb: str
    name: str = ""

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


def in_words(given: Iterable[Permission], most: int = 4) -> str:
    """`get, list pods; create jobs.batch and 2 more`: the verbs on each resource."""
    verbs: dict[tuple[str, str], list[str]] = defaultdict(list)
    for each in sorted(given):
        verbs[each.resource, each.name].append(each.verb)
    parts = [" ".join((", ".join(verbs[key]), *filter(None, key))) for key in verbs]
    more = f" and {len(parts) - most} more" if len(parts) > most else ""
    return "; ".join(parts[:most]) + more


def who(subject: Mapping[str, Any]) -> str:
    """A subject of a binding: `ServiceAccount nlp/default-editor`, `User ana`."""
    name = "/".join(str(subject[key]) for key in ("namespace", "name") if subject.get(key))
    return f"{subject.get('kind')} {name}"
