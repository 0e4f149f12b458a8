"""The KafkaSource: reads the topic and hands each event to the sink as a CloudEvent.

Source: knative-extensions/eventing-kafka-broker control-plane/pkg/apis/sources/v1
(kafka_types.go, kafka_defaults.go) and the CRD at 1.23.
"""

from __future__ import annotations

from typing import Any

from synth.config.containers import SecretKey
from synth.config.streaming import Delivery, Kafka, Stream
from synth.kit.durations import iso8601
from synth.kit.objects import Body, manifest
from synth.kit.versions import minor

V1_SINCE = (1, 16)
"""From here on v1 is served beside v1beta1."""


def source(stream: Stream, *, servers: list[str], sink: Body, knative_kafka: str) -> Body:
    """The KafkaSource of the stream; `servers` are addresses of its brokers, `sink` is the
    reference of what takes the events.
    """
    version = "v1" if minor(knative_kafka) >= V1_SINCE else "v1beta1"
    wanted = stream.source
    return manifest(
        f"sources.knative.dev/{version}",
        "KafkaSource",
        stream.name,
        namespace=stream.team,
        spec={
            "bootstrapServers": servers,
            "topics": [stream.kafka.topic.name],
            "consumerGroup": wanted.consumer_group,
            "consumers": wanted.consumers,
            "initialOffset": wanted.initial_offset,
            "ordering": wanted.ordering,
            "delivery": _delivery(wanted.delivery),
            **_net(stream.kafka),
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


def _net(kafka: Kafka) -> Body:
    """How to reach the brokers; nothing where everybody may, unencrypted."""
    net: Body = {}
    if kafka.sasl:
        secret = kafka.sasl.secret_name
        net["sasl"] = {
            "enable": True,
            "user": _key(SecretKey(name=secret, key="user")),
            "password": _key(SecretKey(name=secret, key="password")),
            "type": _key(SecretKey(name=secret, key="type")),
        }
    if kafka.tls:
        net["tls"] = {"enable": True}
        if kafka.tls.ca:
            net["tls"]["caCert"] = _key(kafka.tls.ca)
        if kafka.tls.client:
            net["tls"]["cert"] = _key(kafka.tls.client.cert)
            net["tls"]["key"] = _key(kafka.tls.client.key)
    return {"net": net} if net else {}


def _key(secret: SecretKey) -> Body:
    return {"secretKeyRef": {"name": secret.name, "key": secret.key}}
