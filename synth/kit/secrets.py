"""Secrets whose data is not in git in clear: what a consumer asks for, and who brings it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from synth.kit.objects import Body


@dataclass(frozen=True, slots=True)
class Provided:
    """A Secret that the environment's provider brings: its consumers read `keys`, and no others.

    `asked` is the configuration key that asks for it (`streams.comments.kafka.sasl`), `entry` what a
    store has it under; `source` is what an object that makes the Secret is called where that may be
    called otherwise, like the Secret where it is empty.
    """

    namespace: str
    name: str
    keys: tuple[str, ...]
    asked: str
    entry: str
    type: str = "Opaque"
    source: str = ""

    @property
    def path(self) -> str:
        """Namespace and name: `kubeflow/mysql-secret`."""
        return f"{self.namespace}/{self.name}"


class Provider(Protocol):
    """Who brings the Secrets of an application."""

    def made(self, secret: Provided) -> Body:
        """The object that a Secret comes of."""
