"""A stream as the objects that its Strimzi and Knative know."""

from __future__ import annotations

from typing import Any

import pytest
from cdk8s import App, Chart

from synth.config.streaming import CONNECTION, Stream
from synth.domains.streaming import EventStream
from synth.kit.external_secrets import Store
from synth.kit.objects import Body
from tests.schemas import complaints
from tests.streaming.test_stream_config import STREAM


def bodies(
    strimzi: str = "0.45.1",
    knative_kafka: str = "1.10.1",
    monitor_labels: dict[str, str] | None = None,
    **changes: Any,
) -> list[Body]:
    changed = {key: {**STREAM.get(key, {}), **change} for key, change in changes.items()}
    stream = Stream.model_validate({**STREAM, **changed})
    leaf = EventStream(
        Chart(App(), "streams"),
        stream,
        servers=stream.kafka.servers(()),
        strimzi=strimzi,
        knative_kafka=knative_kafka,
        store=Store("platform", "0.9.20"),
        monitor_labels=monitor_labels,
        mirror=lambda image: f"mirror/{image}",
    )
    assert leaf.key == "streams.comments"
    return list(leaf.objects)


def made(
    strimzi: str = "0.45.1", knative_kafka: str = "1.10.1", **changes: dict[str, Any]
) -> dict[tuple[str, str], Body]:
    return {
        (body["apiVersion"].partition("/")[0], body["kind"]): body
        for body in bodies(strimzi, knative_kafka, **changes)
    }


TOPIC = ("kafka.strimzi.io", "KafkaTopic")
SOURCE = ("sources.knative.dev", "KafkaSource")
SERVICE = ("serving.knative.dev", "Service")
ACCOUNT = ("v1", "ServiceAccount")
POLICY = ("security.istio.io", "AuthorizationPolicy")


@pytest.mark.parametrize(
    ("strimzi", "knative_kafka", "versions"),
    [
        ("0.45.1", "1.10.1", ("kafka.strimzi.io/v1beta2", "sources.knative.dev/v1beta1")),
        ("0.48.0", "1.15.0", ("kafka.strimzi.io/v1beta2", "sources.knative.dev/v1beta1")),
        ("0.49.0", "1.16.0", ("kafka.strimzi.io/v1", "sources.knative.dev/v1")),
        ("1.2.0", "1.23.0", ("kafka.strimzi.io/v1", "sources.knative.dev/v1")),
    ],
)
def test_each_object_has_the_version_that_its_operator_serves(
    strimzi: str, knative_kafka: str, versions: tuple[str, str]
) -> None:
    objects = made(strimzi, knative_kafka)
    assert (objects[TOPIC]["apiVersion"], objects[SOURCE]["apiVersion"]) == versions
    topics = "strimzi-0.45.1.yaml" if versions[0].endswith("v1beta2") else "strimzi-1.2.0.yaml"
    assert complaints(topics, objects[TOPIC]) == []
    # The CRD of 1.10 keeps unknown fields; that of 1.23 holds both versions in full.
    assert complaints("knative-kafka-1.23.0.yaml", objects[SOURCE]) == []


def test_the_topic_lives_where_its_cluster_does() -> None:
    topic = {"name": "user-comments", "partitions": 6, "retention": "12h"}
    assert made(kafka={"topic": topic})[TOPIC] == {
        "apiVersion": "kafka.strimzi.io/v1beta2",
        "kind": "KafkaTopic",
        "metadata": {
            "name": "user-comments",
            "namespace": "kafka",
            "labels": {"strimzi.io/cluster": "kafka"},
        },
        "spec": {"partitions": 6, "replicas": 3, "config": {"retention.ms": 43_200_000}},
    }


def test_a_topic_s_name_that_kubernetes_does_not_take_stands_in_its_spec() -> None:
    objects = made(kafka={"topic": {"name": "User_Comments"}})
    assert objects[TOPIC]["metadata"]["name"] == "nlp-comments"
    assert objects[TOPIC]["spec"]["topicName"] == "User_Comments"
    assert objects[SOURCE]["spec"]["topics"] == ["User_Comments"]
    assert complaints("strimzi-0.45.1.yaml", objects[TOPIC]) == []


def test_a_topic_of_someone_else_s_cluster_is_only_read() -> None:
    assert TOPIC not in made(kafka={"cluster": None})


def test_the_source_hands_events_to_the_processor_and_gives_up_after_retries() -> None:
    sink = "http://dead-letters.nlp.svc.cluster.local"
    delivery = {"deadLetterSink": sink, "backoffDelay": "500ms", "retry": 3}
    objects = made(source={"delivery": delivery})
    assert objects[SOURCE] == {
        "apiVersion": "sources.knative.dev/v1beta1",
        "kind": "KafkaSource",
        "metadata": {"name": "comments", "namespace": "nlp"},
        "spec": {
            "bootstrapServers": ["kafka-kafka-bootstrap.kafka:9092"],
            "topics": ["user-comments"],
            "consumerGroup": "nlp-comments",
            "consumers": 1,
            "initialOffset": "latest",
            "ordering": "ordered",
            "delivery": {
                "retry": 3,
                "backoffPolicy": "exponential",
                "backoffDelay": "PT0.5S",
                "deadLetterSink": {"uri": sink},
            },
            "sink": {
                "ref": {
                    "apiVersion": "serving.knative.dev/v1",
                    "kind": "Service",
                    "name": objects[SERVICE]["metadata"]["name"],
                    "namespace": "nlp",
                }
            },
        },
    }
    assert complaints("knative-kafka-1.23.0.yaml", objects[SOURCE]) == []


def test_the_processor_scales_within_bounds_and_is_seen_by_the_cluster_only() -> None:
    service = made(processor={"env": {"LOG_LEVEL": "info"}, "timeout": "90s"})[SERVICE]
    assert service == {
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {
            "name": "comments-processor",
            "namespace": "nlp",
            "labels": {"networking.knative.dev/visibility": "cluster-local"},
        },
        "spec": {
            "template": {
                "metadata": {
                    "labels": {"app.kubernetes.io/name": "comments-processor"},
                    "annotations": {
                        "autoscaling.knative.dev/min-scale": "1",
                        "autoscaling.knative.dev/max-scale": "5",
                        "queue.sidecar.serving.knative.dev/resource-percentage": "25",
                        "queue.sidecar.serving.knative.dev/cpu-resource-request": "25m",
                        "queue.sidecar.serving.knative.dev/cpu-resource-limit": "500m",
                        "queue.sidecar.serving.knative.dev/memory-resource-request": "64Mi",
                        "queue.sidecar.serving.knative.dev/memory-resource-limit": "256Mi",
                    },
                },
                "spec": {
                    "serviceAccountName": "comments-processor",
                    "containerConcurrency": 10,
                    "timeoutSeconds": 90,
                    "containers": [
                        {
                            "name": "user-container",
                            "image": "mirror/registry.example.com/nlp/comments:1.0.0",
                            "ports": [{"containerPort": 8080, "protocol": "TCP"}],
                            "env": [{"name": "LOG_LEVEL", "value": "info"}],
                            "readinessProbe": {
                                "httpGet": {"path": "/healthz", "port": 8080},
                                "successThreshold": 1,
                            },
                            "resources": {
                                "requests": {"cpu": "100m", "memory": "256Mi"},
                                "limits": {"memory": "256Mi"},
                            },
                            "securityContext": {
                                "allowPrivilegeEscalation": False,
                                "capabilities": {"drop": ["ALL"]},
                                "readOnlyRootFilesystem": True,
                                "runAsNonRoot": True,
                                "seccompProfile": {"type": "RuntimeDefault"},
                            },
                        }
                    ],
                },
            }
        },
    }


def test_the_account_has_no_token_and_only_knative_may_call() -> None:
    objects = made()
    assert objects[ACCOUNT]["automountServiceAccountToken"] is False
    assert objects[POLICY]["spec"] == {
        "action": "ALLOW",
        "selector": {"matchLabels": {"serving.knative.dev/service": "comments-processor"}},
        "rules": [
            {
                "from": [
                    {
                        "source": {
                            "principals": [
                                "cluster.local/ns/istio-system/sa/"
                                "cluster-local-gateway-service-account",
                                "cluster.local/ns/knative-serving/sa/activator",
                                "cluster.local/ns/knative-serving/sa/controller",
                            ]
                        }
                    }
                ]
            }
        ],
    }


SECURE = {
    "tls": {
        "ca": {"name": "events-ca", "key": "ca.crt"},
        "client": {
            "cert": {"name": "me", "key": "user.crt"},
            "key": {"name": "me", "key": "user.key"},
        },
    },
    "sasl": {"secretName": "comments-kafka", "external": "kafka/comments"},
}


def ref(name: str, key: str) -> Body:
    return {"secretKeyRef": {"name": name, "key": key}}


@pytest.mark.parametrize("knative_kafka", ["1.10.1", "1.23.0"])
def test_the_source_shows_who_it_is_by_references_to_secrets_alone(knative_kafka: str) -> None:
    source = made(knative_kafka=knative_kafka, kafka=SECURE)[SOURCE]
    assert source["spec"]["net"] == {
        "sasl": {
            "enable": True,
            "user": ref("comments-kafka", "user"),
            "password": ref("comments-kafka", "password"),
            "type": ref("comments-kafka", "type"),
        },
        "tls": {
            "enable": True,
            "caCert": ref("events-ca", "ca.crt"),
            "cert": ref("me", "user.crt"),
            "key": ref("me", "user.key"),
        },
    }
    assert complaints("knative-kafka-1.23.0.yaml", source) == []


def test_a_public_authority_needs_no_secret() -> None:
    assert made(kafka={"tls": {}})[SOURCE]["spec"]["net"] == {"tls": {"enable": True}}


def test_the_secret_comes_from_the_store_where_it_is_not_there_already() -> None:
    [secret] = [body for body in bodies(kafka=SECURE) if body["kind"] == "ExternalSecret"]
    assert complaints("external-secrets.yaml", secret) == []
    assert secret["metadata"] == {"name": "comments-kafka", "namespace": "nlp"}
    assert [each["secretKey"] for each in secret["spec"]["data"]] == ["user", "password", "type"]
    there = {**SECURE, "sasl": {"secretName": "comments-kafka"}}
    assert "ExternalSecret" not in {body["kind"] for body in bodies(kafka=there)}


def test_a_processor_with_an_output_is_told_where_to_and_as_whom() -> None:
    service = made(
        kafka=SECURE,
        output={"name": "comments-clean"},
        deadLetters={"name": "comments-aside"},
        processor={"env": {"LOG_LEVEL": "info"}},
    )[SERVICE]
    [container] = service["spec"]["template"]["spec"]["containers"]
    assert container["env"] == [
        {"name": "LOG_LEVEL", "value": "info"},
        {"name": "KAFKA_BOOTSTRAP_SERVERS", "value": "kafka-kafka-bootstrap.kafka:9092"},
        {"name": "KAFKA_SECURITY_PROTOCOL", "value": "SASL_SSL"},
        {"name": "KAFKA_SASL_MECHANISM", "value": "SCRAM-SHA-512"},
        {"name": "KAFKA_SASL_USERNAME", "valueFrom": ref("comments-kafka", "user")},
        {"name": "KAFKA_SASL_PASSWORD", "valueFrom": ref("comments-kafka", "password")},
        {"name": "KAFKA_SSL_CA", "valueFrom": ref("events-ca", "ca.crt")},
        {"name": "KAFKA_SSL_CERTIFICATE", "valueFrom": ref("me", "user.crt")},
        {"name": "KAFKA_SSL_KEY", "valueFrom": ref("me", "user.key")},
        {"name": "OUTPUT_TOPIC", "value": "comments-clean"},
        {"name": "DEAD_LETTER_TOPIC", "value": "comments-aside"},
    ]
    assert {each["name"] for each in container["env"]} - {"LOG_LEVEL"} == set(CONNECTION)


@pytest.mark.parametrize("strimzi", ["0.45.1", "1.2.0"])
def test_topics_that_are_written_live_with_the_one_that_is_read(strimzi: str) -> None:
    written: dict[str, Any] = {
        "output": {"name": "comments-clean"},
        "deadLetters": {"name": "Aside_"},
    }
    topics = [body for body in bodies(strimzi, **written) if body["kind"] == "KafkaTopic"]
    assert [(each["metadata"]["name"], each["metadata"]["namespace"]) for each in topics] == [
        ("user-comments", "kafka"),
        ("comments-clean", "kafka"),
        ("nlp-comments-dead-letters", "kafka"),
    ]
    for each in topics:
        assert complaints(f"strimzi-{strimzi}.yaml", each) == []


def test_prometheus_is_told_where_a_processor_has_metrics() -> None:
    labels = {"release": "prometheus"}
    said: dict[str, Any] = {"processor": {"metricsPath": "/metrics"}}
    [monitor] = [
        body for body in bodies(monitor_labels=labels, **said) if body["kind"] == "PodMonitor"
    ]
    assert complaints("prometheus-operator-0.93.0.yaml", monitor) == []
    assert monitor["metadata"]["labels"] == labels
    assert monitor["spec"] == {
        "selector": {"matchLabels": {"serving.knative.dev/service": "comments-processor"}},
        "podMetricsEndpoints": [{"port": "user-port", "path": "/metrics"}],
    }
    for none in (bodies(**said), bodies(monitor_labels=labels)):
        assert "PodMonitor" not in {body["kind"] for body in none}
