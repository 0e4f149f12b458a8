"""How a team's models are doing: what is asked of them, what they promise, and what they live on.

Canary and stable are told apart in every panel. Pods are found by the metrics that they show: their
names are too long for Seldon to keep, and nothing else says which variant a pod is of.

Source of the metrics: synth/catalog/metrics.py and synth/catalog/dashboard_metrics.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from grafana_foundation_sdk.builders import dashboard, stat

from synth.catalog.metrics import Requests
from synth.domains.observability.dashboards.page import Page, Panel, page
from synth.domains.observability.dashboards.panels import (
    OBJECTIVE,
    Panels,
    Query,
    Steps,
    choice,
    evenly,
)
from synth.domains.observability.dashboards.queries import RATE, joined, line
from synth.domains.observability.links import ERRORS, LATENCY, uid

QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}
"""By what they are called in a model's objectives."""
_OF_OBJECTIVE = Steps(fair=0.8, bad=1)


@dataclass(frozen=True, slots=True)
class Served:
    """A model: how its requests are measured, and what it promises: seconds by quantile, and the
    share of one that may fail.
    """

    name: str
    requests: Requests
    latency: Mapping[str, float] = field(default_factory=dict)
    errors: float | None = None


def serving(team: str, models: Sequence[Served], datasource: str) -> Page:
    """The dashboard of a team's models."""
    make, ask = Panels(datasource), _Asked(team, (model.requests for model in models))
    promised = _Promises(models)
    rows = (
        ("Now", evenly(_now(make, ask, promised))),
        ("Traffic", [*_traffic(make, ask)]),
        ("Latency", [*_latency(make, ask, promised)]),
        ("Errors", [*_errors(make, ask, promised)]),
        ("Saturation", [*_saturation(make, ask)]),
        ("Canary beside stable", [_variants(make, ask)]),
        ("All models", [_all_models(make, ask)]),
    )
    return page(
        "serving",
        uid("serving", team),
        f"Models of {team}",
        "Requests to a model, its objectives and its pods, for each of its variants.",
        rows,
        variables=[choice("model", "Model", [model.name for model in models])],
        annotations=[_versions(make, ask)],
    )


class _Promises:
    """What is promised by the model that is chosen, as lines; empty where no model does."""

    def __init__(self, models: Sequence[Served]) -> None:
        self._models = models

    def latency(self, quantile: str) -> str:
        return self._line({each.name: each.latency.get(quantile) for each in self._models})

    @property
    def errors(self) -> str:
        return self._line({each.name: each.errors for each in self._models})

    @staticmethod
    def _line(values: Mapping[str, float | None]) -> str:
        said = {name: value for name, value in values.items() if value is not None}
        return line("model", said) if said else ""


By = Literal["variant", "model"]


class _Asked:
    """What is asked about requests, whatever they are measured by.

    A result has the label `variant`, and is about the model that is chosen; or `model`, and is about
    every model of the team.
    """

    def __init__(self, team: str, measured: Iterable[Requests]) -> None:
        self._team = team
        self._measured = tuple(dict.fromkeys(measured))

    def rate(self, by: By = "variant", *, failed: bool = False) -> str:
        """Requests per second."""
        return self._each(by, lambda of, label: self._rate(of, "count", label, failed=failed))

    def quantile(self, share: float, by: By = "variant") -> str:
        """The time in seconds within which this share of the requests is answered."""
        return self._each(by, lambda of, label: self._quantile(of, share, label))

    def failing(self, by: By = "variant") -> str:
        """The share of the requests that fails."""
        return self._each(by, self._failing)

    def pods(self) -> str:
        """The pods that have answered, each once, by namespace, pod and variant."""

        def pods(of: Requests, label: str) -> str:
            series = f"{of.metric}_count{{{self._scope(of, label)}}}"
            return f"group by (namespace, pod, {label}) ({series})"

        return self._each("variant", pods, kept="namespace, pod, ")

    def of_containers(self, metric: str, *matchers: str, rate: bool = False) -> str:
        """A metric of containers, added up for each variant."""
        chosen = ", ".join((f'namespace="{self._team}"', *matchers))
        series = f"{metric}{{{chosen}}}"
        value = f"sum by (namespace, pod) ({f'rate({series}[{RATE}])' if rate else series})"
        return f"sum by (variant) (\n{value}\n{self._of_its_pods()}\n)"

    def of_deployments(self, metric: str) -> str:
        """A metric of Deployments, added up for each variant."""
        owners = f'kube_pod_owner{{namespace="{self._team}", owner_kind="ReplicaSet"}}'
        its = (
            f"group by (namespace, deployment, variant) (label_replace(\n{owners}\n"
            f'{self._of_its_pods()},\n"deployment", "$1", "owner_name", "(.+)-[^-]+"))'
        )
        return (
            f'sum by (variant) (\n{metric}{{namespace="{self._team}"}}\n'
            f"* on (namespace, deployment) group_left (variant)\n{its}\n)"
        )

    def new_versions(self, within: str) -> str:
        """The variants and versions that answer now and did not before, also by the labels that
        have the version.
        """

        def new(of: Requests, label: str) -> str:
            series = f"{of.metric}_count{{{self._scope(of, label)}}}"
            by = f"group by ({label}, {of.version})"
            return f"{by} ({series})\nunless {by} ({series} offset {within})"

        versions = sorted({of.version for of in self._measured})
        return self._each("variant", new, kept="".join(f"{each}, " for each in versions))

    def _each(self, by: By, ask: Callable[[Requests, str], str], *, kept: str = "") -> str:
        """What is asked of everything that measures, by the label that stands for `by` there."""
        return joined(
            f"max by ({kept}{by}) "
            f'(label_replace({ask(of, label)}, "{by}", "$1", "{label}", "(.*)"))'
            for of in self._measured
            for label in [of.model if by == "model" else (of.variant or of.version)]
        )

    def _scope(self, of: Requests, label: str, *matchers: str) -> str:
        own = f'{of.model}=~".+"' if label == of.model else f'{of.model}="$model"'
        return ", ".join((f'namespace="{self._team}"', own, *matchers))

    def _rate(self, of: Requests, series: str, label: str, *, failed: bool = False) -> str:
        chosen = self._scope(of, label, of.predictions, *([of.failed] if failed else []))
        by = f"le, {label}" if series == "bucket" else label
        return f"sum by ({by}) (rate({of.metric}_{series}{{{chosen}}}[{RATE}]))"

    def _quantile(self, of: Requests, share: float, label: str) -> str:
        return of.seconds(f"histogram_quantile({share:g}, {self._rate(of, 'bucket', label)})")

    def _failing(self, of: Requests, label: str) -> str:
        every = self._rate(of, "count", label)
        # Where nothing has ever failed there is no series of it.
        return f"({self._rate(of, 'count', label, failed=True)} or 0 * {every})\n/ {every}"

    def _of_its_pods(self) -> str:
        return f"* on (namespace, pod) group_left (variant) (\n{self.pods()}\n)"


def _now(make: Panels, ask: _Asked, promised: _Promises) -> Iterator[stat.Panel]:
    p95, failing = f"max({ask.quantile(QUANTILES['p95'])})", f"max({ask.failing()})"
    yield make.figure(
        1, "Requests", "Requests per second to all variants.", "reqps", f"sum({ask.rate()})"
    )
    yield make.figure(
        2,
        "p95",
        "95 of 100 requests are answered within this time, by the slowest variant.",
        "s",
        p95,
    )
    if promised.latency("p95"):
        yield make.figure(
            3,
            "p95 of its objective",
            "How much of the latency that the model promises for 95 of 100 requests is taken; above "
            "100% it is missed.",
            "percentunit",
            f"{p95} / sum({promised.latency('p95')})",
            steps=_OF_OBJECTIVE,
        )
    yield make.figure(
        4,
        "Failing",
        "The share of requests that fail, of the worst variant.",
        "percentunit",
        failing,
    )
    if promised.errors:
        yield make.figure(
            5,
            "Failing of its objective",
            "How much of the share that may fail is failing; above 100% the objective is missed.",
            "percentunit",
            f"{failing} / sum({promised.errors})",
            steps=_OF_OBJECTIVE,
        )
    missing = (
        f"sum({ask.of_deployments('kube_deployment_spec_replicas')}) - "
        f"sum({ask.of_deployments('kube_deployment_status_replicas_available')})"
    )
    yield make.figure(
        6,
        "Pods missing",
        "Pods that should be there and are not available.",
        "short",
        missing,
        steps=Steps(fair=1, bad=2),
    )


def _traffic(make: Panels, ask: _Asked) -> Iterator[Panel]:
    by_variant = Query(ask.rate(), "{{variant}}")
    yield make.graph(
        11,
        "Requests",
        "Requests per second to each variant.",
        "reqps",
        by_variant,
        stacked=True,
    )
    yield make.graph(
        12,
        "Share of the traffic",
        "Which share of the requests each variant gets; a canary should get what it was given.",
        "percentunit",
        Query(f"{ask.rate()}\n/ scalar(sum({ask.rate()}))", "{{variant}}"),
        stacked=True,
    )


def _latency(make: Panels, ask: _Asked, promised: _Promises) -> Iterator[Panel]:
    for name, share in QUANTILES.items():
        objective = promised.latency(name)
        yield make.graph(
            LATENCY[name],
            f"{name} latency",
            f"{share:.0%} of the requests to each variant are answered within this time; "
            "the line is what the model promises.",
            "s",
            Query(ask.quantile(share), "{{variant}}"),
            *([Query(objective, OBJECTIVE)] if objective else ()),
            width=6,
        )


def _errors(make: Panels, ask: _Asked, promised: _Promises) -> Iterator[Panel]:
    yield make.graph(
        ERRORS,
        "Failing requests",
        "The share of the requests to each variant that fails; the line is what the model promises.",
        "percentunit",
        Query(ask.failing(), "{{variant}}"),
        *([Query(promised.errors, OBJECTIVE)] if promised.errors else ()),
    )
    yield make.graph(
        32,
        "Failing requests per second",
        "How many requests to each variant fail.",
        "reqps",
        Query(ask.rate(failed=True), "{{variant}}"),
    )


def _saturation(make: Panels, ask: _Asked) -> Iterator[Panel]:
    running = 'container!=""'
    cpu = ask.of_containers("container_cpu_usage_seconds_total", running, rate=True)
    requested = ask.of_containers("kube_pod_container_resource_requests", 'resource="cpu"')
    memory = ask.of_containers("container_memory_working_set_bytes", running)
    limit = ask.of_containers("kube_pod_container_resource_limits", 'resource="memory"')
    periods = "container_cpu_cfs_{}_total".format
    throttled = ask.of_containers(periods("throttled_periods"), running, rate=True)
    yield make.graph(
        41,
        "CPU",
        "What the pods of each variant use of the CPU that they request; an autoscaler keeps to a "
        "share of the same.",
        "percentunit",
        Query(f"{cpu}\n/ {requested}", "{{variant}}"),
        width=8,
    )
    yield make.graph(
        42,
        "Memory",
        "What the pods of each variant use of the memory that they may use; at 100% they are killed.",
        "percentunit",
        Query(f"{memory}\n/ {limit}", "{{variant}}"),
        width=8,
    )
    yield make.graph(
        43,
        "Throttled",
        "The share of the time in which a container of each variant had to wait because its CPU "
        "limit was used up.",
        "percentunit",
        Query(
            f"{throttled}\n/ {ask.of_containers(periods('periods'), running, rate=True)}",
            "{{variant}}",
        ),
        width=8,
    )
    yield make.graph(
        44,
        "Pods",
        "Pods of each variant that are available, and that should be.",
        "short",
        Query(
            ask.of_deployments("kube_deployment_status_replicas_available"), "{{variant}} available"
        ),
        Query(ask.of_deployments("kube_deployment_spec_replicas"), "{{variant}} wanted"),
    )
    yield make.graph(
        45,
        "Restarts",
        "How often containers of each variant have been started again, as long as their pods are there.",
        "short",
        Query(ask.of_containers("kube_pod_container_status_restarts_total"), "{{variant}}"),
    )


def _variants(make: Panels, ask: _Asked) -> Panel:
    return make.listing(
        51,
        "Variants",
        "The newest values of each variant that is asked.",
        Query(ask.rate(), "Requests", "reqps"),
        *(Query(ask.quantile(share), name, "s") for name, share in QUANTILES.items()),
        Query(ask.failing(), "Failing", "percentunit"),
        Query(f"count by (variant) ({ask.pods()})", "Pods", "short"),
        by={"variant": "Variant"},
    )


def _all_models(make: Panels, ask: _Asked) -> Panel:
    return make.listing(
        61,
        "All models of the team",
        "The newest values of each model that is asked, whichever is chosen above.",
        Query(ask.rate("model"), "Requests", "reqps"),
        Query(ask.quantile(QUANTILES["p95"], "model"), "p95", "s"),
        Query(ask.failing("model"), "Failing", "percentunit"),
        by={"model": "Model"},
        height=8,
    )


def _versions(make: Panels, ask: _Asked) -> dashboard.AnnotationQuery:
    """Where a version began to answer."""
    return (
        dashboard.AnnotationQuery()
        .name("New versions")
        .datasource(make.source)
        .enable(True)
        .icon_color("purple")
        .expr(ask.new_versions("10m"))
        .step("60s")
        .title_format("Version {{predictor_version}}{{version}}")
        .text_format("{{variant}}")
    )
