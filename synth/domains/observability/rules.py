"""Alerts as the objects that Prometheus and Grafana evaluate them from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from synth.config.observability import Observability
from synth.domains.observability.alert import Alert, Record
from synth.domains.observability.grafana import AlertFolder, rule_group
from synth.domains.observability.links import linked
from synth.domains.observability.prometheus import prometheus_rule
from synth.domains.observability.runbooks import documented
from synth.kit.objects import Body


def rules(
    name: str,
    namespace: str,
    alerts: Iterable[Alert],
    observability: Observability,
    *,
    folder: AlertFolder | None,
    records: Iterable[Record] = (),
) -> Iterator[Body]:
    """The alerts for Prometheus, with what they read, and once more for the Grafana of the folder;
    both say where people read about an alert. Only Prometheus has to be told where its panel is.
    """
    its = documented(alerts, observability.runbooks)
    shown = linked(its, observability.grafana)
    yield prometheus_rule(name, namespace, shown, observability.prometheus, records)
    if folder:
        yield rule_group(name, namespace, its, folder)
