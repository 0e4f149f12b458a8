"""A stream: a Kafka topic whose events a KafkaSource hands to a Knative Service."""

from __future__ import annotations

from collections.abc import Callable

from constructs import Construct

from synth.config.streaming import Stream
from synth.domains.streaming.processor import processor, reference
from synth.domains.streaming.source import source
from synth.domains.streaming.topic import topic
from synth.kit.construct import Manifests


class EventStream(Manifests):
    """The topic in its cluster's namespace, source and processor in the team's.

    `strimzi` is the version of the Strimzi operator, `knative_kafka` that of Knative's Kafka
    source, both as `0.45.1`; `mirror` says what an image is called where this environment pulls
    it from.
    """

    def __init__(
        self,
        scope: Construct,
        stream: Stream,
        *,
        strimzi: str,
        knative_kafka: str,
        mirror: Callable[[str], str],
    ) -> None:
        super().__init__(
            scope,
            f"{stream.team}.{stream.name}",
            [
                *topic(stream, strimzi),
                *processor(stream, mirror),
                source(stream, sink=reference(stream), knative_kafka=knative_kafka),
            ],
            key=f"streams.{stream.name}",
        )
