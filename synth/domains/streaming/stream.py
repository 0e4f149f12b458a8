"""A stream: a Kafka topic whose events a KafkaSource hands to a Knative Service."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from constructs import Construct

from synth.config.streaming import Stream
from synth.domains.streaming.metrics import pod_monitor
from synth.domains.streaming.processor import processor, reference
from synth.domains.streaming.source import source
from synth.domains.streaming.topic import topics
from synth.kit.construct import Manifests
from synth.kit.secrets import Provider


class EventStream(Manifests):
    """The topics in their cluster's namespace, source and processor in the team's.

    `servers` are addresses of its brokers; `strimzi` is the version of the Strimzi operator,
    `knative_kafka` that of Knative's Kafka source, both as `0.45.1`; `monitor_labels` are what
    Prometheus selects PodMonitors by, None where there is no Prometheus; `mirror` says what an
    image is called where this environment pulls it from.
    """

    def __init__(
        self,
        scope: Construct,
        stream: Stream,
        *,
        servers: Sequence[str],
        strimzi: str,
        knative_kafka: str,
        store: Provider,
        monitor_labels: dict[str, str] | None,
        mirror: Callable[[str], str],
    ) -> None:
        brokers, sink = list(servers), reference(stream)
        super().__init__(
            scope,
            f"{stream.team}.{stream.name}",
            [
                *topics(stream, strimzi),
                *map(store.made, stream.secrets),
                *processor(stream, brokers, mirror),
                *([] if monitor_labels is None else pod_monitor(stream, monitor_labels)),
                source(stream, servers=brokers, sink=sink, knative_kafka=knative_kafka),
            ],
            key=f"streams.{stream.name}",
        )
