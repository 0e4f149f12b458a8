"""Where people read what an alert means and what to do: docs/runbooks."""

from __future__ import annotations

from collections.abc import Iterable

from synth.domains.observability.alert import Alert


def documented(alerts: Iterable[Alert], base: str | None) -> tuple[Alert, ...]:
    """The alerts, with the address of the page of each where `base`, the folder's address, is
    known: as `runbook_url`, the annotation that Prometheus' and Grafana's pages make a link of.
    """
    if base is None:
        return tuple(alerts)
    return tuple(
        alert.annotated(runbook_url=f"{base.rstrip('/')}/{alert.name}.md") for alert in alerts
    )
