"""What the processor is told, and that it is what an environment file makes of a stream."""

from __future__ import annotations

import subprocess
import sys

import pytest
from processor.settings import SettingsError, read

from tests.repository import ROOT
from tests.streaming.test_stream import SECURE, SERVICE, made

LEAST = {"KAFKA_BOOTSTRAP_SERVERS": "kafka:9092", "OUTPUT_TOPIC": "clean"}


def test_the_least() -> None:
    settings = read(LEAST)
    assert settings.kafka == {
        "bootstrap.servers": "kafka:9092",
        "delivery.timeout.ms": 20_000,
        "linger.ms": 0,
    }
    assert (settings.output_topic, settings.dead_letter_topic, settings.port) == (
        "clean", None, 8080,
    )  # fmt: skip


def test_everything_that_a_stream_tells_is_understood() -> None:
    service = made(
        kafka=SECURE, output={"name": "clean"}, deadLetters={"name": "aside"}
    )[SERVICE]  # fmt: skip
    [container] = service["spec"]["template"]["spec"]["containers"]
    told = {each["name"]: each.get("value", each["name"]) for each in container["env"]}
    settings = read(told)
    assert settings.kafka == {
        "bootstrap.servers": "kafka-kafka-bootstrap.kafka:9092",
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "KAFKA_SASL_USERNAME",
        "sasl.password": "KAFKA_SASL_PASSWORD",
        "ssl.ca.pem": "KAFKA_SSL_CA",
        "ssl.certificate.pem": "KAFKA_SSL_CERTIFICATE",
        "ssl.key.pem": "KAFKA_SSL_KEY",
        "delivery.timeout.ms": 20_000,
        "linger.ms": 0,
    }
    assert (settings.output_topic, settings.dead_letter_topic) == ("clean", "aside")


def test_every_mistake_is_told_in_one_go() -> None:
    with pytest.raises(SettingsError) as caught:
        read({"OUTPUT_TOPIC": "", "PORT": "http", "DELIVERY_SECONDS": "0"})
    assert str(caught.value) == (
        "KAFKA_BOOTSTRAP_SERVERS is not set; OUTPUT_TOPIC is not set; PORT is 'http', must be a "
        "number above 0; DELIVERY_SECONDS is '0', must be a number above 0"
    )


def test_without_settings_it_ends_at_once() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "processor"],
        cwd=ROOT / "images/processor", env={}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (
        2,
        "KAFKA_BOOTSTRAP_SERVERS is not set; OUTPUT_TOPIC is not set\n",
    )
