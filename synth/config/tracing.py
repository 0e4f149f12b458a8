"""`observability.tracing:`: where traces of requests go."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from synth.config.base import Name, NonEmpty, Percent, Resources, Section
from synth.config.logs import Days


def _two(version: str) -> str:
    if not re.fullmatch(r"2\.\d+\.\d+", version):
        raise ValueError(f"{version!r} is not a version of Jaeger 2 such as 2.13.0")
    return version


def _one_memory(replicas: int, info: ValidationInfo) -> int:
    if replicas > 1 and info.data.get("storage") == "memory":
        raise ValueError(
            f"{replicas} of them would each remember other traces: take storage elasticsearch, or 1"
        )
    return replicas


class Jaeger(Section):
    """A Jaeger of the platform's own, which the OpenTelemetry operator runs (`addons.openTelemetry`,
    or one that is there already).
    """

    version: Annotated[str, AfterValidator(_two)] = "2.13.0"
    """Its version."""
    namespace: Name = "tracing"
    """A namespace of its own; with storage elasticsearch it runs beside that instead, whose Secrets
    it reads."""
    storage: Literal["memory", "elasticsearch"] = "memory"
    """`memory`: the last traces, gone with the pod; `elasticsearch`: that of `observability.logs`."""
    max_traces: Annotated[int, Field(ge=1)] = 50_000
    """So many traces are kept in memory."""
    retention: Days = "7d"
    """How long traces are kept in Elasticsearch."""
    replicas: Annotated[int, Field(ge=1), AfterValidator(_one_memory)] = 1
    resources: Resources = Resources()


class Tracing(Section):
    """Traces of requests, from Seldon's executor by Jaeger's client, which speaks to an agent: Jaeger
    itself, or any OpenTelemetry collector with a jaeger receiver.
    """

    jaeger: Jaeger | None = None
    """One of the platform's own."""
    agent_host: NonEmpty | None = None
    """The Service of one that is there already: traces-collector.monitoring.svc.cluster.local."""
    agent_port: Annotated[int, Field(ge=1, le=65535)] = 6831
    """Its port for compact thrift over UDP."""
    sampling: Percent = "1%"
    """So many requests are traced."""

    @model_validator(mode="after")
    def _one_agent(self) -> Self:
        if (self.jaeger is None) == (self.agent_host is None):
            raise ValueError(
                "give jaeger for one of the platform's own, or agentHost for one that is there already"
            )
        return self
