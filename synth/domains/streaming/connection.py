"""How a processor reaches Kafka: the variables that images/processor reads, no Secret's content."""

from __future__ import annotations

from collections.abc import Iterator

from synth.config.containers import SecretKey
from synth.config.streaming import Kafka, Stream
from synth.kit.containers import from_secret
from synth.kit.objects import Body


def connection(stream: Stream, servers: list[str]) -> Iterator[Body]:
    """The variables, in the order of `synth.config.streaming.CONNECTION`."""
    kafka = stream.kafka
    yield {"name": "KAFKA_BOOTSTRAP_SERVERS", "value": ",".join(servers)}
    yield {"name": "KAFKA_SECURITY_PROTOCOL", "value": _protocol(kafka)}
    if kafka.sasl:
        secret = kafka.sasl.secret_name
        yield {"name": "KAFKA_SASL_MECHANISM", "value": kafka.sasl.mechanism}
        yield from_secret("KAFKA_SASL_USERNAME", secret, "user")
        yield from_secret("KAFKA_SASL_PASSWORD", secret, "password")
    for name, key in _certificates(kafka):
        yield from_secret(name, key.name, key.key)
    if stream.output:
        yield {"name": "OUTPUT_TOPIC", "value": stream.output.name}
    if stream.dead_letters:
        yield {"name": "DEAD_LETTER_TOPIC", "value": stream.dead_letters.name}


def _protocol(kafka: Kafka) -> str:
    return f"{'SASL_' if kafka.sasl else ''}{'SSL' if kafka.tls else 'PLAINTEXT'}"


def _certificates(kafka: Kafka) -> Iterator[tuple[str, SecretKey]]:
    if kafka.tls and kafka.tls.ca:
        yield "KAFKA_SSL_CA", kafka.tls.ca
    if kafka.tls and kafka.tls.client:
        yield "KAFKA_SSL_CERTIFICATE", kafka.tls.client.cert
        yield "KAFKA_SSL_KEY", kafka.tls.client.key
