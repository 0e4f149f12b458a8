"""Rules about Kafka clusters and streams: what they need of operators and of each other."""

from __future__ import annotations

from typing import Any

import pytest

from synth.config.environment import Environment
from synth.rules.findings import Finding
from synth.rules.streams import check_streams
from tests.streaming.test_kafka_config import CLUSTER
from tests.streaming.test_stream_config import STREAM

BOTH: dict[str, Any] = {"strimzi": {}, "knativeKafka": {}}
SASL = {"secretName": "comments-kafka"}


def findings(
    *,
    addons: dict[str, Any] | None = None,
    kubernetes: str = "1.26",
    kafka: dict[str, Any] | None = None,
    stream: dict[str, Any] | None = None,
    kubeflow: dict[str, Any] | None = None,
) -> list[Finding]:
    """Of an environment with these sections; a stream's are laid over its `kafka`."""
    streams = [{**STREAM, "kafka": {**STREAM["kafka"], **stream}}] if stream is not None else []
    environment = Environment.model_validate(
        {
            "name": "only",
            "cluster": {"kubernetes": kubernetes},
            "gitops": {"repoURL": "https://git.example.com/ml/platform.git"},
            "addons": BOTH if addons is None else addons,
            "kubeflow": kubeflow,
            "teams": [{"name": "nlp", "owner": "nlp@example.com"}],
            "kafka": [{**CLUSTER, **kafka}] if kafka is not None else [],
            "streams": streams,
        },
        strict=False,
    )
    return list(check_streams(environment))


def test_nothing_is_said_where_everything_fits() -> None:
    own = {"cluster": {"name": "events"}, "bootstrapServers": None, "tls": {}, "sasl": SASL}
    assert findings(kafka={}, stream=own) == []
    assert findings(stream={}) == []
    assert findings(addons={"knativeKafka": {}}, stream={"cluster": None}) == []


def test_an_operator_that_is_not_there_is_told() -> None:
    strimzi = (
        "there is no Strimzi operator here: add addons.strimzi, as {} where it is there already, "
        "with install: true where it is not"
    )
    source = (
        "Knative's Kafka source is not here, and Kubeflow does not bring it: add "
        "addons.knativeKafka, as {} where it is there already, with install: true where it is not"
    )
    assert findings(addons={}, kafka={}, stream={}) == [
        Finding("ST001", "error", "kafka.events", strimzi),
        Finding("ST001", "error", "streams.comments", strimzi),
        Finding("ST002", "error", "streams.comments.source", source),
    ]


@pytest.mark.parametrize(
    ("strimzi", "kubernetes", "oldest"),
    [("0.45.1", "1.24", "1.25"), ("0.48.0", "1.26", "1.27"), ("1.2.0", "1.29", "1.30")],
)
def test_a_cluster_that_is_too_old_for_the_operator_is_told(
    strimzi: str, kubernetes: str, oldest: str
) -> None:
    addons = {**BOTH, "strimzi": {"version": strimzi}}
    assert findings(addons=addons, kubernetes=kubernetes) == [
        Finding(
            "ST003", "error", "addons.strimzi",
            f"Strimzi {strimzi} needs Kubernetes {oldest} or later, and the cluster has "
            f"{kubernetes}",
        )
    ]  # fmt: skip
    assert findings(addons=addons, kubernetes=oldest) == []


@pytest.mark.parametrize(
    ("strimzi", "kubernetes", "starts"),
    [
        ("0.45.0", "1.33", False),
        ("0.44.0", "1.34", False),
        ("0.45.0", "1.32", True),
        ("0.45.1", "1.33", True),
        ("0.46.0", "1.34", True),
    ],
)
def test_an_operator_that_cannot_read_the_version_of_kubernetes_is_told(
    strimzi: str, kubernetes: str, starts: bool
) -> None:
    said = Finding(
        "ST012", "error", "addons.strimzi.version",
        f"Strimzi {strimzi} does not start on Kubernetes {kubernetes}, whose version it cannot read: "
        "take 0.45.1 or later",
    )  # fmt: skip
    addons = {**BOTH, "strimzi": {"version": strimzi}}
    assert findings(addons=addons, kubernetes=kubernetes) == ([] if starts else [said])


@pytest.mark.parametrize(
    ("strimzi", "kafka", "said"),
    [
        (
            "0.45.1", "4.0.0",
            "Strimzi 0.45.1 runs Kafka 3.8.0, 3.8.1, 3.9.0; 4.0.0 is run by 0.46.0",
        ),
        (
            "1.2.0", "3.9.0",
            "Strimzi 1.2.0 runs Kafka 4.2.0, 4.2.1, 4.3.0, 4.3.1; 3.9.0 is run by 0.45.0, "
            "0.45.1, 0.45.2, 0.46.0",
        ),
        (
            "0.45.1", "2.8.0",
            "Strimzi 0.45.1 runs Kafka 3.8.0, 3.8.1, 3.9.0; 2.8.0 is run by none that is known",
        ),
        (
            "0.47.0", "4.0.0",
            "nothing is known of the versions of Kafka that Strimzi 0.47.0 runs (known of: "
            "0.45.0, 0.45.1, 0.45.2, 0.46.0, 0.51.0, 1.0.0, 1.2.0)",
        ),
    ],
)  # fmt: skip
def test_a_version_of_kafka_that_the_operator_does_not_run_is_told_with_what_fits(
    strimzi: str, kafka: str, said: str
) -> None:
    addons = {**BOTH, "strimzi": {"version": strimzi}}
    assert findings(addons=addons, kubernetes="1.33", kafka={"version": kafka}) == [
        Finding("ST004", "error", "kafka.events.version", said)
    ]


@pytest.mark.parametrize(
    "clients",
    [{}, {"sasl": SASL}, {"tls": {}}, {"tls": {}, "sasl": {**SASL, "mechanism": "PLAIN"}}],
)
def test_a_stream_that_no_listener_is_for_is_told(clients: dict[str, Any]) -> None:
    own = {"cluster": {"name": "events"}, "bootstrapServers": None, **clients}
    assert findings(kafka={}, stream=own) == [
        Finding(
            "ST007", "error", "streams.comments.kafka",
            "no listener of events is for clients of this kind (tls: tls, scram-sha-512): let tls "
            "and sasl say what one of them asks for",
        )
    ]  # fmt: skip


def source(
    version: str,
    kubeflow: dict[str, Any] | None = None,
    *,
    install: bool = True,
    kubernetes: str = "1.33",
) -> list[Finding]:
    """Of an environment with this version of Knative's Kafka source."""
    addons = {"knativeKafka": {"version": version, "install": install}}
    return findings(addons=addons, kubeflow=kubeflow, kubernetes=kubernetes)


@pytest.mark.parametrize(
    ("version", "release"),
    [("1.10.6", "1.8.0"), ("1.10.6", "1.8.1"), ("1.12.9", "1.9.1"), ("1.20.3", "1.11"),
     ("1.21.0", "26.03")],
)  # fmt: skip
def test_a_kafka_source_that_fits_knative_eventing_is_installed(version: str, release: str) -> None:
    kubeflow = {"release": release, "components": {"knative-eventing": True}}
    assert source(version, kubeflow) == []
    assert source(version) == []


def test_a_kafka_source_of_unknown_files_is_told() -> None:
    assert source("1.10.0", install=False) == []
    assert source("1.10.0", {"release": "1.8.1"}) == [
        Finding(
            "ST008", "error", "addons.knativeKafka.version",
            "nothing is known of the release files of eventing-kafka-broker 1.10.0, whose objects "
            "the project would have to permit: take one of 1.10.6, 1.12.9, 1.20.3, 1.21.0",
        )
    ]  # fmt: skip


def test_a_kafka_source_without_knative_eventing_is_told() -> None:
    off = {"release": "1.8.1", "components": {"knative-eventing": False}}
    assert source("1.10.6", off, install=False) == []
    assert source("1.10.6", off) == [
        Finding(
            "ST009", "error", "kubeflow.components.knative-eventing",
            "Knative's Kafka source (addons.knativeKafka.install) runs beside Knative Eventing and "
            "reads its settings: switch it on",
        )
    ]  # fmt: skip
    assert [each.code for each in source("1.21.0", {"release": "26.03"})] == ["ST009"]


@pytest.mark.parametrize(
    ("release", "eventing", "way"),
    [
        ("26.03", "1.21.0", "take 1.21.0"),
        ("1.10", "1.16.4", "none that is known does, so install it by hand, without install"),
    ],
)
def test_a_kafka_source_of_another_minor_version_is_told(
    release: str, eventing: str, way: str
) -> None:
    kubeflow = {"release": release, "components": {"knative-eventing": True}}
    assert source("1.10.6", kubeflow, install=False) == []
    assert source("1.10.6", kubeflow) == [
        Finding(
            "ST010", "error", "addons.knativeKafka.version",
            f"Kubeflow {release} brings Knative Eventing {eventing}, and 1.10.6 of its Kafka "
            f"source does not fit that minor version: {way}",
        )
    ]  # fmt: skip


def test_a_kafka_source_that_kubernetes_refuses_is_told() -> None:
    assert source("1.12.9", install=False, kubernetes="1.34") == []
    assert source("1.20.3", kubernetes="1.34") == []
    assert source("1.12.9", kubernetes="1.34") == [
        Finding(
            "ST011", "error", "addons.knativeKafka.version",
            "Kubernetes 1.34 refuses the dispatcher of eventing-kafka-broker 1.12.9, which mounts a "
            "volume that only a webhook adds to its pods: take one of 1.20.3, 1.21.0",
        )
    ]  # fmt: skip
