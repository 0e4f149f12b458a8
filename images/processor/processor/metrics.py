"""What the processor counts, for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest


class Metrics:
    """Counters of one processor and the time that an event takes, in seconds."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.received = Counter(
            "processor_events_received", "Events that came in", registry=self.registry
        )
        self.handed_on = Counter(
            "processor_events_handed_on", "Comments that Kafka has", registry=self.registry
        )
        self.dropped = Counter(
            "processor_events_dropped", "Comments without a text", registry=self.registry
        )
        self.put_aside = Counter(
            "processor_events_put_aside", "Events that could not be read", registry=self.registry
        )
        self.failed = Counter(
            "processor_events_failed", "Events that Kafka did not take", registry=self.registry
        )
        self.seconds = Histogram(
            "processor_event_seconds", "Time that an event takes", registry=self.registry
        )

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry)
