"""What the processor is told by its environment: the variables that a stream's `output` sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_LIBRDKAFKA = {
    "KAFKA_BOOTSTRAP_SERVERS": "bootstrap.servers",
    "KAFKA_SECURITY_PROTOCOL": "security.protocol",
    "KAFKA_SASL_MECHANISM": "sasl.mechanism",
    "KAFKA_SASL_USERNAME": "sasl.username",
    "KAFKA_SASL_PASSWORD": "sasl.password",
    "KAFKA_SSL_CA": "ssl.ca.pem",
    "KAFKA_SSL_CERTIFICATE": "ssl.certificate.pem",
    "KAFKA_SSL_KEY": "ssl.key.pem",
}
"""Variables, and what librdkafka calls the same (confluentinc/librdkafka CONFIGURATION.md)."""
_REQUIRED = ("KAFKA_BOOTSTRAP_SERVERS", "OUTPUT_TOPIC")
_DELIVERY_SECONDS = "DELIVERY_SECONDS"


class SettingsError(ValueError):
    """The environment does not say what it must."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`kafka` is librdkafka's configuration; without `dead_letter_topic` what cannot be read is
    refused instead.
    """

    kafka: Mapping[str, Any]
    output_topic: str
    dead_letter_topic: str | None
    port: int


def read(environment: Mapping[str, str]) -> Settings:
    """The settings in environment variables. Raises SettingsError with every mistake."""
    mistakes = [f"{name} is not set" for name in _REQUIRED if not environment.get(name)]
    # Knative sets PORT (its runtime contract).
    port = _number(environment, "PORT", 8080, mistakes)
    # Shorter than a KafkaSource waits, so that it hears of a failure.
    seconds = _number(environment, _DELIVERY_SECONDS, 20, mistakes)
    if mistakes:
        raise SettingsError("; ".join(mistakes))
    said = {name: environment.get(variable) for variable, name in _LIBRDKAFKA.items()}
    kafka = {name: value for name, value in said.items() if value}
    return Settings(
        # A source waits for each record of a partition: others to be sent with it are not to be had.
        {**kafka, "delivery.timeout.ms": seconds * 1000, "linger.ms": 0},
        environment["OUTPUT_TOPIC"],
        environment.get("DEAD_LETTER_TOPIC") or None,
        port,
    )


def _number(environment: Mapping[str, str], name: str, default: int, mistakes: list[str]) -> int:
    text = environment.get(name, str(default))
    if text.isascii() and text.isdigit() and int(text):
        return int(text)
    mistakes.append(f"{name} is {text!r}, must be a number above 0")
    return default
