"""How a team's streams flow: events in and out, what waits, what could not be read, and how long the
processor takes.

Source of the metrics: images/processor, and kafka_exporter, which Strimzi runs beside a cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from grafana_foundation_sdk.builders import stat

from synth.domains.observability import links
from synth.domains.observability.dashboards.page import Page, Panel, page
from synth.domains.observability.dashboards.panels import Panels, Query, Steps, choice, evenly
from synth.domains.observability.dashboards.queries import RATE, chosen

_QUANTILES = (0.5, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class Watched:
    """A stream: the topics that it reads and writes, by what is done there, its consumer group, and
    what Prometheus calls its processor. `exporter` has labels of what exports Kafka's metrics.
    """

    name: str
    group: str
    topics: Mapping[str, str]
    job: str
    exporter: Mapping[str, str] = field(default_factory=dict)

    def lag(self) -> str:
        """Events that the stream has not read yet."""
        return f"sum({self._kafka('kafka_consumergroup_lag', 'read', consumergroup=self.group)})"

    def topic_rate(self, topic: str) -> str:
        """Events per second that come into a topic; nothing where the stream has no such topic."""
        if topic not in self.topics:
            return "vector(0)"
        return f"sum(rate({self._kafka('kafka_topic_partition_current_offset', topic)}[{RATE}]))"

    def _kafka(self, metric: str, topic: str, **labels: str) -> str:
        own = {**self.exporter, **labels, "topic": self.topics[topic]}
        chosen = ", ".join(f'{key}="{value}"' for key, value in own.items())
        return f"{metric}{{{chosen}}}"


def streams(team: str, watched: Sequence[Watched], datasource: str) -> Page:
    """The dashboard of a team's streams."""
    make, ask = Panels(datasource), _Asked(team, watched)
    rows = (
        ("Now", evenly(_now(make, ask))),
        ("Events", [*_events(make, ask)]),
        ("Processor", [*_processor(make, ask)]),
    )
    return page(
        "streams",
        links.uid("streams", team),
        f"Streams of {team}",
        "Events from Kafka to the processor and on, what waits and what was put aside.",
        rows,
        variables=[choice("stream", "Stream", [each.name for each in watched])],
    )


class _Asked:
    """What is asked about the stream that is chosen."""

    def __init__(self, team: str, watched: Sequence[Watched]) -> None:
        self._team = team
        self._watched = watched

    def each(self, ask: Callable[[Watched], str]) -> str:
        return chosen("stream", {each.name: ask(each) for each in self._watched})

    def topic_rate(self, topic: str) -> str:
        """Events per second that come into a topic."""
        return self.each(lambda of: of.topic_rate(topic))

    def counted(self, what: str, within: str = "") -> str:
        """Events per second that the processor counts, or so many within a span."""
        return self.each(lambda of: self._counted(of, f"processor_events_{what}_total", within))

    def quantile(self, share: float) -> str:
        """The time in seconds within which the processor has done with this share of events."""
        return self.each(
            lambda of: (
                f"histogram_quantile({share:g}, sum by (le) "
                f"(rate({self._of(of, 'processor_event_seconds_bucket')}[{RATE}])))"
            )
        )

    def at_once(self) -> str:
        """Events that are worked on at the same time: the seconds that they take in each second."""
        return self.each(lambda of: self._counted(of, "processor_event_seconds_sum", ""))

    def pods(self) -> str:
        """Pods of the processor that Prometheus reads."""
        return self.each(lambda of: f"count({self._of(of, 'processor_events_received_total')})")

    def _counted(self, of: Watched, metric: str, within: str) -> str:
        series = self._of(of, metric)
        return f"sum(increase({series}[{within}]))" if within else f"sum(rate({series}[{RATE}]))"

    def _of(self, of: Watched, metric: str) -> str:
        return f'{metric}{{namespace="{self._team}", job="{of.job}"}}'


def _now(make: Panels, ask: _Asked) -> Iterator[stat.Panel]:
    yield make.figure(
        1, "Events in", "Events per second that the processor got.", "eps", ask.counted("received")
    )
    yield make.figure(
        2, "Events on", "Events per second that it handed on.", "eps", ask.counted("handed_on")
    )
    yield make.figure(
        3, "Waiting", "Events in Kafka that were not read yet.", "short", ask.each(Watched.lag)
    )
    yield make.figure(
        4,
        "Put aside",
        "Events that could not be read, within the last hour; they are among the dead letters.",
        "short",
        ask.counted("put_aside", "1h"),
        steps=Steps(fair=1, bad=100),
    )
    yield make.figure(
        5,
        "p95",
        "The processor is done with 95 of 100 events within this time.",
        "s",
        ask.quantile(0.95),
    )
    yield make.figure(
        6, "Pods", "Pods of the processor; none where it sleeps.", "short", ask.pods()
    )


def _events(make: Panels, ask: _Asked) -> Iterator[Panel]:
    topics = {"read": "into the topic", "written": "into the output", "dead": "into dead letters"}
    yield make.graph(
        11,
        "Events in Kafka",
        "Events per second that come into the topic, its output and its dead letters, whoever "
        "writes them.",
        "eps",
        *(Query(ask.topic_rate(topic), legend) for topic, legend in topics.items()),
    )
    yield make.graph(
        links.LAG,
        "Waiting events",
        "Events of the topic that the consumer group has not read yet.",
        "short",
        Query(ask.each(Watched.lag), "{{stream}}"),
    )
    yield make.graph(
        13,
        "What became of events",
        "Events per second by what the processor did with them.",
        "eps",
        Query(ask.counted("handed_on"), "handed on"),
        Query(ask.counted("dropped"), "dropped, without a text"),
        Query(ask.counted("put_aside"), "put aside, unreadable"),
        Query(ask.counted("failed"), "failed, to be tried again"),
        stacked=True,
    )
    yield make.graph(
        links.PUT_ASIDE,
        "Put aside within an hour",
        "Events that could not be read, each time within the last hour.",
        "short",
        Query(ask.counted("put_aside", "1h"), "{{stream}}"),
    )


def _processor(make: Panels, ask: _Asked) -> Iterator[Panel]:
    yield make.graph(
        21,
        "Latency",
        "The processor is done with this share of the events within this time.",
        "s",
        *(Query(ask.quantile(share), f"p{share * 100:g}") for share in _QUANTILES),
        width=8,
    )
    yield make.graph(
        22,
        "Events at once",
        "Events that all pods work on at the same time; Knative starts further pods before each has "
        "as many as it may.",
        "short",
        Query(ask.at_once(), "{{stream}}"),
        width=8,
    )
    yield make.graph(
        23,
        "Pods",
        "Pods of the processor that Prometheus reads.",
        "short",
        Query(ask.pods(), "{{stream}}"),
        width=8,
    )
