"""`events:`: how alerts reach the workflows that they start, through Argo Events."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from synth.config.base import Name, Quantity, Section
from synth.config.containers import SecretKey


def _quorum(replicas: int) -> int:
    if replicas < 1 or replicas % 2 == 0:
        raise ValueError(f"{replicas} servers have no majority: take 1, 3 or 5")
    return replicas


def _release(version: str) -> str:
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise ValueError(
            f"{version!r} is no release of NATS such as 2.10.29; a name for the newest one would "
            "stand for another whenever Argo Events is upgraded"
        )
    return version


class Persistence(Section):
    """A volume for each server of the bus."""

    size: Quantity = "1Gi"
    storage_class: Name | None = None
    """The storage class where it is not the cluster's default."""


class Bus(Section):
    """The event bus of each team that events reach: NATS JetStream, run by Argo Events."""

    version: Annotated[str, AfterValidator(_release)] = "2.10.29"
    """A version of NATS that the installed Argo Events knows."""
    replicas: Annotated[int, AfterValidator(_quorum), Field(le=5)] = 1
    """Servers; three survive the loss of one."""
    persistence: Persistence | None = None
    """Without it, events that nobody has taken yet are lost with the pods; Alertmanager sends an
    alert that goes on again after an hour."""


class Events(Section):
    """What lets Alertmanager start workflows."""

    token: SecretKey = SecretKey(name="alerts-webhook", key="token")
    """The bearer token that callers show: a Secret in the namespace of each team whose models are
    retrained; it is there already."""
    bus: Bus = Bus()
