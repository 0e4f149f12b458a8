"""What several parts of an environment file say of a container and of the node it runs on."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, ValidationInfo, model_validator

from synth.config.base import Duration, Name, NonEmpty, Section
from synth.kit.durations import seconds


def _variable(name: str) -> str:
    if not re.fullmatch(r"[-._a-zA-Z][-._a-zA-Z0-9]*", name):
        raise ValueError(f"{name!r} is not the name of an environment variable")
    return name


def _apart(secret_env: dict[str, SecretKey], info: ValidationInfo) -> dict[str, SecretKey]:
    both = sorted(secret_env.keys() & info.data.get("env", {}).keys())
    if both:
        raise ValueError(f"{', '.join(both)} has a value in env already: keep one of them")
    return secret_env


class SecretKey(Section):
    """One key of a Secret in the same namespace; the Secret itself comes from elsewhere."""

    name: Name
    """The Secret's name."""
    key: NonEmpty
    """The key in it."""


Variable = Annotated[str, AfterValidator(_variable)]
"""The name of an environment variable."""
Env = dict[Variable, str]
"""Environment variables by name."""
SecretEnv = Annotated[dict[Variable, SecretKey], AfterValidator(_apart)]
"""Environment variables whose values are in Secrets; `env` of the same section comes first."""


class Toleration(Section):
    """A taint of a node that pods put up with."""

    key: NonEmpty | None = None
    """The taint's key; without it every taint."""
    operator: Literal["Equal", "Exists"] = "Equal"
    value: str | None = None
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    """Without it every effect."""
    toleration: Duration | None = None
    """How long a pod stays on a node whose taint has the effect NoExecute."""

    @model_validator(mode="after")
    def _legal(self) -> Self:
        """As the API server checks it (kubernetes pkg/apis/core/validation, ValidateTolerations)."""
        if self.key is None and self.operator != "Exists":
            raise ValueError("without a key it is every taint: say operator: Exists, or the key")
        if self.operator == "Exists" and self.value:
            raise ValueError("operator Exists takes every value: leave the value out")
        if self.toleration and self.effect != "NoExecute":
            raise ValueError("toleration is about taints that evict: say effect: NoExecute")
        return self

    def manifest(self) -> dict[str, object]:
        """As a pod's spec writes it."""
        given = self.model_dump(by_alias=True, exclude_none=True, exclude={"toleration"})
        if self.toleration:
            given["tolerationSeconds"] = seconds(self.toleration)
        return given


class Nodes(Section):
    """The nodes that pods run on."""

    selector: dict[str, str] = {}
    """Labels of the nodes."""
    tolerations: tuple[Toleration, ...] = ()
    """Taints of the nodes that pods put up with."""
