"""Whether traces and requests that are to be kept have a place."""

from __future__ import annotations

from collections.abc import Iterator

from synth.config.environment import Environment
from synth.rules.findings import Finding


def check_telemetry(environment: Environment) -> Iterator[Finding]:
    """Findings about what would be sent to nobody."""
    observability = environment.observability
    logs = observability.logs if observability else None
    for model in environment.models:
        if model.request_log and not (model.request_log.url or logs):
            yield Finding(
                "TL001", "error", f"models.{model.name}.requestLog",
                "nothing takes the requests: give url, or add observability.logs",
            )  # fmt: skip
    jaeger = observability.tracing.jaeger if observability and observability.tracing else None
    if jaeger and jaeger.storage == "elasticsearch" and not logs:
        yield Finding(
            "TL002", "error", "observability.tracing.jaeger.storage",
            "there is no Elasticsearch: add observability.logs, or take memory",
        )  # fmt: skip
