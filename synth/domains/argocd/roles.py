"""Who may do what with the Applications of a project.

Source: argoproj/argo-cd pkg/apis/application/v1alpha1/types.go (validatePolicy) and
docs/operator-manual/rbac.md at v3.2.6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from synth.config.syncing import Role

ACTIONS: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        "view": (("applications", "get"), ("applicationsets", "get")),
        "logs": (("logs", "get"),),
        "sync": (("applications", "sync"),),
        "restart": tuple(
            ("applications", f"action/apps/{kind}/restart")
            for kind in ("DaemonSet", "Deployment", "StatefulSet")
        ),
    }
)
"""Resource and action of every term."""


def roles(project: str, given: Iterable[Role]) -> list[dict[str, Any]]:
    """The roles of a project; each may do exactly what it says, and in this project alone."""
    return [
        {
            "name": role.name,
            "groups": list(role.groups),
            "policies": [
                f"p, proj:{project}:{role.name}, {resource}, {action}, {project}/*, allow"
                for term in ACTIONS
                if term in role.may
                for resource, action in ACTIONS[term]
            ],
        }
        for role in given
    ]
