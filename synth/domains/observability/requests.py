"""The requests of a model in Prometheus' language, each variant or version for itself.

Names of what is recorded: https://prometheus.io/docs/practices/rules/.
"""

from __future__ import annotations

from collections.abc import Iterator

from synth.catalog.metrics import requests
from synth.config.serving import Model
from synth.domains.observability.alert import Record

WINDOW = "5m"
"""What rates are taken over where nothing else is said."""
LEAST_RATE = 0.05
"""Requests per second (15 in WINDOW) below which quantiles and shares are accidents."""


class ModelRequests:
    """Queries about the requests of one model; shares are of one, latencies in seconds."""

    def __init__(self, model: Model) -> None:
        self._measured = measured = requests(model.engine, model.server.transport)
        self._own = f'namespace="{model.team}", {measured.model}="{model.name}"'
        self.variant = measured.variant or measured.version
        """The label by which canary and stable are told apart."""
        self._by = ("namespace", measured.model, self.variant)

    def latency(self, quantile: str) -> str:
        """The latency that this share of the requests stays below."""
        measured = self._measured
        by = ", ".join(("le", *self._by))
        rate = f"rate({measured.metric}_bucket{{{self._own}, {measured.predictions}}}[{WINDOW}])"
        value = measured.seconds(f"histogram_quantile({quantile}, sum by ({by}) ({rate}))")
        return f"{value}\nand\n{self._busy}"

    @property
    def errors(self) -> str:
        """The share of requests that failed, whoever's fault it was."""
        return f"{self._rate(WINDOW, self._measured.failed)}\n/\n({self._busy})"

    def faults(self, window: str) -> str:
        """The recorded share of requests that failed by the server's own fault."""
        return self._recorded(f"request_faults_per_requests:ratio_rate{window}")

    def records(self, windows: tuple[str, ...]) -> Iterator[Record]:
        """What the other queries read, where `faults` is asked for within these windows."""
        yield Record(self._name(f"requests:rate{WINDOW}"), self._rate(WINDOW))
        for window in windows:
            of = self._busy if window == WINDOW else f"{self._rate(window)} >= {LEAST_RATE}"
            yield Record(
                self._name(f"request_faults_per_requests:ratio_rate{window}"),
                f"{self._rate(window, self._measured.faulty)}\n/\n({of})",
            )

    @property
    def _busy(self) -> str:
        """Requests per second, where there are enough to say anything."""
        return f"{self._recorded(f'requests:rate{WINDOW}')} >= {LEAST_RATE}"

    def _rate(self, window: str, *matchers: str) -> str:
        chosen = ", ".join((self._own, self._measured.predictions, *matchers))
        rate = f"rate({self._measured.metric}_count{{{chosen}}}[{window}])"
        return f"sum by ({', '.join(self._by)}) ({rate})"

    def _name(self, metric: str) -> str:
        return f"{'_'.join(self._by)}:{metric}"

    def _recorded(self, metric: str) -> str:
        return f"{self._name(metric)}{{{self._own}}}"
