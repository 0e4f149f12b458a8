"""Where the pods of an isolated team may connect to."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth.catalog.kubeflow import RELEASES
from synth.kit.objects import Body
from tests.teams.examples import all_wrong, environment, mistakes, objects
from tests.teams.test_isolation import KUBEFLOW, labels_of

RESTRICTED = """\
    isolated: true
    egress: [{namespace: shared, ports: [9091]}, {cidr: 192.0.2.7/32}]
"""
POLICY = """\
policy:
  egress:
    apiServer: [10.1.0.1/32, 10.1.0.2/32]
    dns: [169.254.20.10/32]
    to: [{cidr: 203.0.113.0/24, ports: [443]}]
"""
RUNS = """\
models:
  - name: sentiment
    team: nlp
    requestLog: {}
    variants: [{name: stable, version: 1, artifact: "s3://m/1", traffic: 100}]
streams:
  - name: comments
    team: nlp
    kafka:
      bootstrapServers:
        - events-kafka-bootstrap.kafka.svc.cluster.local:9092
        - kafka.example.com:9093
      topic: {name: comments}
    source: {consumerGroup: comments}
    processor: {image: "processor:1.0.0"}
mlflow:
  version: "3.17.2"
  backendStore: {secretName: mlflow-database}
  artifacts: {destination: "s3://models", credentialsSecret: mlflow-artifacts}
observability:
  tracing: {jaeger: {storage: memory}}
  logs:
    elasticsearch: {nodes: 1, storage: {size: 1Gi}, resources: {requests: {cpu: 1, memory: 1Gi}}}
""".replace("cpu: 1,", 'cpu: "1",')


def policy(folder: Path, text: str) -> Body:
    return objects(environment(folder, text))["NetworkPolicy egress"]


def told(policy: Body) -> list[tuple[list[str], list[str]]]:
    """Each rule: to whom, at which ports."""
    return [
        (
            list(map(_peer, rule["to"])),
            [f"{p['protocol']} {p['port']}" for p in rule.get("ports", ())],
        )
        for rule in policy["spec"]["egress"]
    ]


def _peer(peer: Body) -> str:
    if block := peer.get("ipBlock"):
        return str(block["cidr"])
    spaces = peer.get("namespaceSelector", {}).get("matchLabels", {})
    pods = peer.get("podSelector", {}).get("matchLabels", {})
    return "/".join([spaces.get("kubernetes.io/metadata.name", "."), *pods.values()])


def test_pods_go_where_the_environment_says_and_where_its_sections_do(tmp_path: Path) -> None:
    made = policy(tmp_path, RESTRICTED + POLICY + RUNS + KUBEFLOW)
    assert (made["spec"]["podSelector"], made["spec"]["policyTypes"]) == ({}, ["Egress"])
    assert told(made) == [
        (["."], []),
        (["kube-system/kube-dns", "169.254.20.10/32"], ["UDP 53", "TCP 53"]),
        (["istio-system/istiod"], ["TCP 15012"]),
        (["10.1.0.1/32", "10.1.0.2/32"], ["TCP 443", "TCP 6443"]),
        (["istio-system/cluster-local-gateway"], ["TCP 8080"]),
        (["kubeflow/db-manager"], ["TCP 6789"]),
        (["kubeflow/ml-pipeline"], ["TCP 8887", "TCP 8888"]),
        (["kubeflow/metadata-grpc-server"], ["TCP 8080"]),
        (["kubeflow/minio"], ["TCP 9000"]),
        (["kubeflow/seaweedfs"], ["TCP 8333"]),
        (["kafka"], ["TCP 9092"]),
        (["logging"], ["TCP 8080"]),
        (["mlflow"], ["TCP 5000"]),
        (["tracing"], ["UDP 6831"]),
        (["203.0.113.0/24"], ["TCP 443"]),
        (["shared"], ["TCP 9091"]),
        (["192.0.2.7/32"], []),
    ]


def test_it_is_what_the_api_takes(tmp_path: Path, common: Path) -> None:
    made = {"egress": policy(tmp_path, RESTRICTED + POLICY + RUNS + KUBEFLOW)}
    assert list(all_wrong(common, made)) == []


def test_what_is_not_there_is_not_reached(tmp_path: Path) -> None:
    made = policy(tmp_path, "    isolated: true\npolicy: {egress: {apiServer: [10.1.0.1/32]}}\n")
    assert told(made) == [
        (["."], []),
        (["kube-system/kube-dns"], ["UDP 53", "TCP 53"]),
        (["istio-system/istiod"], ["TCP 15012"]),
        (["10.1.0.1/32"], ["TCP 443", "TCP 6443"]),
    ]


def test_nothing_is_restricted_where_the_environment_does_not_say_so(tmp_path: Path) -> None:
    assert "NetworkPolicy egress" not in objects(environment(tmp_path, "    isolated: true\n"))


@pytest.mark.parametrize("release", RELEASES)
def test_callees_are_called_as_the_release_calls_them(common: Path, release: str) -> None:
    labels = labels_of(common, release)
    assert labels["istiod"]["app"] == "istiod"
    assert labels["ml-pipeline"]["app"] == "ml-pipeline"
    assert labels["metadata-grpc-deployment"]["component"] == "metadata-grpc-server"
    assert labels["katib-db-manager"]["katib.kubeflow.org/component"] == "db-manager"
    stores = {labels[name]["app"] for name in ("minio", "seaweedfs") if name in labels}
    assert stores
    assert stores <= {"minio", "seaweedfs"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "egress: [{}]",
            "9:14: teams.nlp.egress[0]: is one place: name a namespace or a cidr",
        ),
        (
            "egress: [{namespace: a, cidr: 10.0.0.0/8}]",
            "9:14: teams.nlp.egress[0]: is one place: name a namespace or a cidr",
        ),
        (
            "egress: [{cidr: example.com}]",
            "9:15: teams.nlp.egress[0].cidr: 'example.com' is not a block of addresses such as 10.0.0.0/8 or 192.0.2.7/32",
        ),
        (
            "egress: [{cidr: 10.0.0.1/8}]",
            "9:15: teams.nlp.egress[0].cidr: '10.0.0.1/8' is not how a block is written: say 10.0.0.0/8",
        ),
        (
            "egress: [{namespace: a, ports: [70000]}]",
            "9:37: teams.nlp.egress[0].ports[0]: input should be less than or equal to 65535",
        ),
        (
            "isolated: true\npolicy: {egress: {apiServer: []}}",
            "10:19: policy.egress.apiServer: must have 1 or more entries, not 0",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said(tmp_path: Path, text: str, said: str) -> None:
    assert mistakes(tmp_path, f"    {text}\n") == [said]
