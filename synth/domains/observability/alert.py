"""An alert, whoever evaluates it, and what Prometheus records for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

INTERVAL = "1m"
"""How often alerts are evaluated."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Fires for each series of `query` that has been above `threshold` for `pending`, a duration.

    `key` names it in its namespace, `subject` is what it is about, as people call it; `labels` route
    it. `description` is a template of Prometheus (https://prometheus.io/docs/prometheus/latest/
    configuration/template_reference/) that knows `$labels` and `$value`; `annotations` are further
    ones, which are no templates.
    """

    key: str
    subject: str
    name: str
    query: str
    threshold: float
    pending: str
    labels: Mapping[str, str]
    summary: str
    description: str
    annotations: Mapping[str, str] = field(default_factory=dict)

    def annotated(self, **annotations: str) -> Alert:
        """The alert with these annotations as well."""
        return replace(self, annotations={**self.annotations, **annotations})


@dataclass(frozen=True, slots=True)
class Record:
    """A query whose result Prometheus keeps as a metric, in each evaluation before any alert.

    `name` is level:metric:operations (https://prometheus.io/docs/practices/rules/).
    """

    name: str
    query: str
