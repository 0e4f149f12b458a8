"""Parts of containers that more than one kind of application writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from synth.kit.objects import Body

NO_PRIVILEGES: Body = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
"""The securityContext of a container that may do nothing but what its user may."""


class KeyOfSecret(Protocol):
    """One key of a Secret in the same namespace."""

    @property
    def name(self) -> str: ...

    @property
    def key(self) -> str: ...


def variables(env: Mapping[str, str], secret_env: Mapping[str, KeyOfSecret]) -> list[Body]:
    """Environment variables: those with values, then those from Secrets."""
    return [
        *({"name": name, "value": value} for name, value in env.items()),
        *(from_secret(name, secret.name, secret.key) for name, secret in secret_env.items()),
    ]


def from_secret(variable: str, secret: str, key: str) -> Body:
    """One environment variable whose value is a key of a Secret."""
    return {"name": variable, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}
