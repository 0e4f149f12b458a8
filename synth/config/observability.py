"""`observability:`: who collects the models' metrics and watches their objectives."""

from __future__ import annotations

import re
from typing import Annotated, NamedTuple, Self

from pydantic import AfterValidator, Field, model_validator

from synth.config.base import Duration, Name, NonEmpty, Percent, Section
from synth.config.logs import Logs
from synth.config.notifications import Notifications, Severity
from synth.config.objectives import missable
from synth.config.tracing import Tracing


def _base(address: str) -> str:
    if not re.fullmatch(r"https?://[^\s?#]+", address):
        raise ValueError(
            f"{address!r} is not the address of a folder such as "
            "https://git.example.com/ml/platform/-/blob/main/docs/runbooks"
        )
    return address


def _key(key: str) -> str:
    prefix, slash, name = key.rpartition("/")
    if not (_is_label_value(name) and name) or (slash and not re.fullmatch(r"[a-z0-9.-]+", prefix)):
        raise ValueError(f"{key!r} is not a label's key such as release or example.com/team")
    return key


def _value(value: str) -> str:
    if not _is_label_value(value):
        raise ValueError(
            f"{value!r} is not a label's value: letters, digits, '-', '_' and '.', "
            "a letter or digit at both ends, at most 63 characters"
        )
    return value


def _is_label_value(text: str) -> bool:
    return (
        len(text) <= 63
        and re.fullmatch(r"([A-Za-z0-9]([\w.-]*[A-Za-z0-9])?)?", text, re.A) is not None
    )


def _selects(labels: dict[str, str]) -> dict[str, str]:
    if not labels:
        raise ValueError("is empty, must have one label at least")
    return labels


def _uid(uid: str) -> str:
    if not re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", uid):
        raise ValueError(
            f"{uid!r} is not a uid of Grafana: letters, digits, '-' and '_', at most 40 characters"
        )
    return uid


def _address(url: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+[^\s?#]*", url):
        raise ValueError(f"{url!r} is not an address such as https://grafana.example.com")
    return url


Labels = dict[Annotated[str, AfterValidator(_key)], Annotated[str, AfterValidator(_value)]]
"""Labels of a Kubernetes object."""


class Platform(Section):
    """Alerts on the platform itself: each where the environment has what it is about, with what
    Prometheus needs to scrape that. Those on Jobs and quotas need kube-state-metrics.
    """

    quota: Annotated[Percent, AfterValidator(missable)] = "90%"
    """A team is told when more than this share of a resource of its quota is used."""
    failed_runs: Annotated[int, Field(ge=0)] = 2
    """A team is told when more of its runs of Kubeflow Pipelines fail within an hour."""
    certificates: Duration = "7d"
    """A Certificate that was due for renewal is told of when it expires in less."""
    applications: Duration = "1h"
    """How long an Application of Argo CD may be out of sync or broken."""
    argocd: bool | None = None
    """Whether this Prometheus watches the environment's Applications. Without it, it does where
    Argo CD runs on this cluster; elsewhere its metrics are another Prometheus', and `true` says that
    they come here as well."""


class Prometheus(Section):
    """The Prometheus that scrapes the models and evaluates the alerts; its operator runs it."""

    namespace: Name = "monitoring"
    """Where it runs and scrapes from."""
    labels: Labels = {}
    """What its podMonitorSelector and ruleSelector want; kube-prometheus-stack wants
    release: <name of the Helm release>."""


class Provisioning(Section):
    """Files for a Grafana without its operator, which the sidecar of its Helm chart
    (grafana.sidecar.alerts, off by default) makes from ConfigMaps.
    """

    namespace: Name = "monitoring"
    """Where the sidecar looks, which is its own namespace by default."""
    labels: Annotated[Labels, AfterValidator(_selects)] = {"grafana_alert": "1"}
    """What it looks for: grafana.sidecar.alerts.label and labelValue."""


class Grafana(Section):
    """A Grafana that evaluates the same alerts a second time. Its operator (5.21 or later) hands
    them to it, or it reads them from files.
    """

    instance_selector: Annotated[Labels, AfterValidator(_selects)] | None = None
    """With the operator: labels of the Grafana object, in any namespace; can never be changed."""
    provisioning: Provisioning | None = None
    """Without the operator."""
    datasource_uid: Annotated[str, AfterValidator(_uid)] = "prometheus"
    """The uid of the data source that is the Prometheus."""
    url: Annotated[str, AfterValidator(_address)] | None = None
    """Where people open it: alerts of Prometheus link to its dashboards."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.instance_selector is None) == (self.provisioning is None):
            raise ValueError(
                "write one of the two: instanceSelector for Grafana's operator, provisioning for "
                "a Grafana that reads files"
            )
        return self


class Traces(NamedTuple):
    """An agent of Jaeger's, its host and its port for compact thrift over UDP, and the share of
    requests that it is told of, in percent.
    """

    host: str
    port: int
    sampling: str


class Observability(Section):
    """What collects metrics and turns objectives into alerts."""

    prometheus: Prometheus = Prometheus()
    grafana: Grafana | None = None
    tracing: Tracing | None = None
    logs: Logs | None = None
    platform: Platform | None = None
    """Alerts on the platform itself; `{}` is all of them with their defaults."""
    runbooks: Annotated[NonEmpty, AfterValidator(_base)] | None = None
    """Where people read docs/runbooks: alerts link to <this>/<the alert's name>.md."""
    notifications: Notifications | None = None
    """Who is told of alerts; without it what Alertmanager or Grafana are told elsewhere counts."""
    severity: Severity = "warning"
    """The label by which Alertmanager or Grafana decides who is told about a missed objective."""

    @property
    def jaeger_namespace(self) -> str | None:
        """Where the platform's own Jaeger runs, if it has one."""
        jaeger = self.tracing and self.tracing.jaeger
        if not jaeger:
            return None
        beside = self.logs if jaeger.storage == "elasticsearch" else None
        return beside.namespace if beside else jaeger.namespace

    @property
    def traces(self) -> Traces | None:
        """Where executors send their traces, and how many of them."""
        if not self.tracing:
            return None
        own = f"jaeger.{self.jaeger_namespace}.svc.cluster.local"
        tracing = self.tracing
        return Traces(tracing.agent_host or own, tracing.agent_port, tracing.sampling)
