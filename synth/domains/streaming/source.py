"""The KafkaSource: reads the topic and hands each event to the sink as a CloudEvent.

Source: knative-extensions/eventing-kafka-broker control-plane/pkg/apis/sources/v1
(kafka_types.go, kafka_defaults.go) and the CRD at 1.23.
"""

from __future__ import annotations

from typing import Any

from synth.config.streaming import Delivery, Stream
from synth.kit.durations import iso8601
from synth.kit.objects import Body, manifest
from synth.kit.versions import minor

V1_SINCE = (1, 16)
"""From here on v1 is served beside v1beta1."""


def source(stream: Stream, *, sink: Body, knative_kafka: str) -> Body:
    """The KafkaSource of the stream; `sink` is the reference of what takes the events."""
    version = "v1" if minor(knative_kafka) >= V1_SINCE else "v1beta1"
    wanted = stream.source
    return manifest(
        f"sources.knative.dev/{version}",
        "KafkaSource",
        stream.name,
        namespace=stream.team,
        spec={
            "bootstrapServers": list(stream.kafka.bootstrap_servers),
            "topics": [stream.kafka.topic.name],
            "consumerGroup": wanted.consumer_group,
            "consumers": wanted.consumers,
            "initialOffset": wanted.initial_offset,
            "ordering": wanted.ordering,
            "delivery": _delivery(wanted.delivery),
            "sink": {"ref": sink},
        },
    )


def _delivery(delivery: Delivery) -> Body:
    spec: dict[str, Any] = {
        "retry": delivery.retry,
        "backoffPolicy": delivery.backoff_policy,
        "backoffDelay": iso8601(delivery.backoff_delay),
    }
    if delivery.dead_letter_sink:
        spec["deadLetterSink"] = {"uri": delivery.dead_letter_sink}
    return spec
