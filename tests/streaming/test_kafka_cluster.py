"""A Kafka cluster as the objects that its Strimzi knows."""

from __future__ import annotations

from typing import Any

import pytest
from cdk8s import App, Chart
from hypothesis import given
from hypothesis import strategies as st

from synth.config.kafka import KafkaCluster
from synth.domains.kafka import Cluster, ClusterNamespace
from synth.kit.external_secrets import Store
from synth.kit.objects import Body
from synth.kit.protection import PROTECTION, protect
from tests.schemas import complaints
from tests.streaming.test_kafka_config import CLUSTER


def made(strimzi: str = "0.45.1", **changes: Any) -> list[Body]:
    leaf = Cluster(
        Chart(App(), "kafka"),
        KafkaCluster.model_validate({**CLUSTER, **changes}),
        strimzi=strimzi,
        store=Store("platform", "0.9.20"),
    )
    assert leaf.key == "kafka.events"
    return list(leaf.objects)


def only(kind: str, bodies: list[Body]) -> Body:
    [body] = [body for body in bodies if body["kind"] == kind]
    return body


USERS = (
    {
        "name": "comments",
        "external": "kafka/comments",
        "acls": (
            {
                "resource": {"type": "topic", "name": "comments"},
                "operations": ("Read", "Describe"),
            },
            {
                "resource": {"type": "group", "name": "nlp-", "patternType": "prefix"},
                "operations": ("Read",),
            },
            {"resource": {"type": "cluster"}, "operations": ("Describe",)},
        ),
        "quotas": {"producerBytes": "1Mi", "consumerBytes": "2M", "requests": "50%"},
    },
)


@pytest.mark.parametrize(
    ("strimzi", "kafka", "crds"),
    [
        ("0.45.1", "3.9.0", "strimzi-0.45.1.yaml"),
        ("0.46.0", "4.0.0", "strimzi-0.45.1.yaml"),
        ("1.2.0", "4.3.1", "strimzi-1.2.0.yaml"),
    ],
)
def test_each_operator_gets_what_its_crds_say(strimzi: str, kafka: str, crds: str) -> None:
    bodies = made(strimzi, version=kafka, users=USERS)
    version = "v1" if strimzi == "1.2.0" else "v1beta2"
    ours = [body for body in bodies if body["kind"].startswith("Kafka")]
    assert [(body["apiVersion"], body["kind"]) for body in ours] == [
        (f"kafka.strimzi.io/{version}", kind) for kind in ("Kafka", "KafkaNodePool", "KafkaUser")
    ]
    for body in ours:
        assert complaints(crds, body) == []
    assert complaints("external-secrets.yaml", only("ExternalSecret", bodies)) == []
    annotations = only("Kafka", bodies)["metadata"].get("annotations")
    old = {"strimzi.io/kraft": "enabled", "strimzi.io/node-pools": "enabled"}
    assert annotations == (old if strimzi == "0.45.1" else None)


def test_a_cluster_keeps_copies_and_lets_in_who_shows_who_they_are() -> None:
    assert only("Kafka", made(config={"log.retention.hours": 24}))["spec"] == {
        "kafka": {
            "version": "3.9.0",
            "listeners": [
                {
                    "name": "tls",
                    "port": 9093,
                    "type": "internal",
                    "tls": True,
                    "authentication": {"type": "scram-sha-512"},
                }
            ],
            "config": {
                "default.replication.factor": 3,
                "min.insync.replicas": 2,
                "offsets.topic.replication.factor": 3,
                "transaction.state.log.replication.factor": 3,
                "transaction.state.log.min.isr": 2,
                "log.retention.hours": 24,
            },
            "authorization": {"type": "simple"},
        },
        "entityOperator": {"topicOperator": {}, "userOperator": {}},
    }


def test_nodes_keep_their_volumes() -> None:
    pool = only("KafkaNodePool", made())
    assert pool["metadata"] == {
        "name": "nodes",
        "namespace": "kafka",
        "labels": {"strimzi.io/cluster": "events"},
    }
    assert pool["spec"] == {
        "replicas": 3,
        "roles": ["controller", "broker"],
        "storage": {
            "type": "jbod",
            "volumes": [
                {
                    "id": 0,
                    "type": "persistent-claim",
                    "size": "100Gi",
                    "deleteClaim": False,
                    "class": "fast",
                }
            ],
        },
        "resources": {
            "requests": {"cpu": "500m", "memory": "2Gi"},
            "limits": {"memory": "2Gi"},
        },
    }


def test_a_single_broker_has_one_copy_of_everything_and_no_lists_where_nobody_is_known() -> None:
    pools = ({"name": "only", "replicas": 1, "storage": {"size": "10Gi"}},)
    bodies = made(pools=pools, listeners=({"name": "plain", "port": 9092, "tls": False},))
    kafka = only("Kafka", bodies)["spec"]["kafka"]
    assert set(kafka["config"].values()) == {1}
    assert "authorization" not in kafka
    [volume] = only("KafkaNodePool", bodies)["spec"]["storage"]["volumes"]
    assert "class" not in volume


def test_a_user_may_do_what_is_listed_with_the_password_from_the_store() -> None:
    bodies = made(users=USERS)
    assert only("KafkaUser", bodies)["spec"] == {
        "authentication": {
            "type": "scram-sha-512",
            "password": {
                "valueFrom": {"secretKeyRef": {"name": "comments-password", "key": "password"}}
            },
        },
        "authorization": {
            "type": "simple",
            "acls": [
                {
                    "resource": {"type": "topic", "name": "comments", "patternType": "literal"},
                    "operations": ["Read", "Describe"],
                },
                {
                    "resource": {"type": "group", "name": "nlp-", "patternType": "prefix"},
                    "operations": ["Read"],
                },
                {"resource": {"type": "cluster"}, "operations": ["Describe"]},
            ],
        },
        "quotas": {
            "producerByteRate": 1_048_576,
            "consumerByteRate": 2_000_000,
            "requestPercentage": 50,
        },
    }
    secret = only("ExternalSecret", bodies)
    assert secret["metadata"] == {"name": "comments-password", "namespace": "kafka"}
    assert secret["spec"]["data"] == [
        {
            "secretKey": "password",
            "remoteRef": {"key": "kafka/comments", "property": "password"},
        }
    ]


def test_the_operator_chooses_what_the_store_does_not_hold() -> None:
    listeners = ({"name": "tls", "authentication": "tls"},)
    bodies = made(users=({"name": "comments", "authentication": "tls"},), listeners=listeners)
    assert [body["kind"] for body in bodies] == ["Kafka", "KafkaNodePool", "KafkaUser"]
    assert only("KafkaUser", bodies)["spec"]["authentication"] == {"type": "tls"}


def test_what_holds_data_is_never_pruned() -> None:
    [namespace] = ClusterNamespace(Chart(App(), "kafka"), "kafka").objects
    protected = {
        body["kind"]
        for body in map(protect, [namespace, *made(users=USERS)])
        if PROTECTION.items() <= body["metadata"].get("annotations", {}).items()
    }
    assert protected == {"Namespace", "Kafka", "KafkaNodePool"}


@given(st.integers(1, 9))
def test_brokers_can_hold_every_copy_and_one_may_fail_where_there_are_two(brokers: int) -> None:
    pools = (
        {"name": "controllers", "roles": ("controller",), "storage": {"size": "1Gi"}},
        {"name": "brokers", "roles": ("broker",), "replicas": brokers, "storage": {"size": "1Gi"}},
    )
    config = only("Kafka", made(pools=pools))["spec"]["kafka"]["config"]
    for copies, in_sync in (
        ("default.replication.factor", "min.insync.replicas"),
        ("transaction.state.log.replication.factor", "transaction.state.log.min.isr"),
    ):
        assert 1 <= config[in_sync] <= config[copies] <= brokers
        assert brokers == 1 or config[in_sync] < config[copies]
