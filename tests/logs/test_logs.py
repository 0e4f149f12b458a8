"""Elasticsearch, Kibana and Filebeats as ECK runs them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from synth.domains.logs import connection
from synth.kit.objects import Body, group_of
from tests.logs.examples import logs, objects
from tests.schemas import complaints

SEVERAL = {"elasticsearch": {"nodes": 3, "storage": {"size": "200Gi", "class": "fast"}}}
RESOURCES = {"limits": {"memory": "1Gi"}}


@pytest.mark.parametrize("version", ["2.12.1", "2.16.1", "3.5.0"])
@pytest.mark.parametrize(
    "fields",
    [
        {},
        SEVERAL,
        {
            "elasticsearch": {"storage": {"size": "5Gi"}, "resources": RESOURCES},
            "kibana": {"replicas": 2, "resources": RESOURCES},
            "receiver": {"replicas": 2, "resources": RESOURCES},
        },
    ],
)
def test_every_object_is_what_eck_knows(version: str, fields: dict[str, Any]) -> None:
    made = [
        body
        for body in objects(**fields).values()
        if group_of(body["apiVersion"]).endswith("elastic.co")
    ]
    assert len(made) == 4
    for body in made:
        assert complaints(f"eck-{version}.yaml", body) == []


def test_elasticsearch_keeps_its_volumes() -> None:
    spec = objects(**SEVERAL)["Elasticsearch", "elasticsearch"]["spec"]
    assert spec == {
        "version": "8.16.0",
        "volumeClaimDeletePolicy": "DeleteOnScaledownOnly",
        "nodeSets": [
            {
                "name": "default",
                "count": 3,
                "config": {"node.store.allow_mmap": False},
                "volumeClaimTemplates": [
                    {
                        "metadata": {"name": "elasticsearch-data"},
                        "spec": {
                            "accessModes": ["ReadWriteOnce"],
                            "resources": {"requests": {"storage": "200Gi"}},
                            "storageClassName": "fast",
                        },
                    }
                ],
            }
        ],
    }


def test_resources_go_to_the_container_that_eck_calls_so() -> None:
    made = objects(
        elasticsearch={"storage": {"size": "5Gi"}, "resources": RESOURCES},
        kibana={"resources": RESOURCES},
    )
    [nodes] = made["Elasticsearch", "elasticsearch"]["spec"]["nodeSets"]
    for name, holder in (
        ("elasticsearch", nodes),
        ("kibana", made["Kibana", "kibana"]["spec"]),
    ):
        containers = holder["podTemplate"]["spec"]["containers"]
        assert containers == [{"name": name, "resources": RESOURCES}]


@pytest.mark.parametrize(("fields", "copies"), [({}, 0), (SEVERAL, 1)])
def test_an_index_has_no_more_copies_than_nodes_can_hold(
    fields: dict[str, Any], copies: int
) -> None:
    made = objects(**fields)
    for name in ("requests", "containers"):
        template = made["Beat", name]["spec"]["config"]["setup.template"]
        assert template["settings"]["index"]["number_of_replicas"] == copies
    assert connection(logs(**fields)).copies == copies


def test_logs_are_deleted_after_the_retention_by_a_policy_that_filebeats_make() -> None:
    made = objects(retention="14d")
    policy = json.loads(made["ConfigMap", "lifecycle"]["data"]["policy.json"])
    assert policy == {
        "policy": {
            "phases": {
                "hot": {
                    "actions": {"rollover": {"max_age": "1d", "max_primary_shard_size": "10gb"}}
                },
                "delete": {"min_age": "14d", "actions": {"delete": {}}},
            }
        }
    }
    setups = []
    for name, way in (("requests", "deployment"), ("containers", "daemonSet")):
        spec = made["Beat", name]["spec"]
        pod = spec[way]["podTemplate"]["spec"]
        annotations = spec[way]["podTemplate"]["metadata"]["annotations"]
        assert annotations == {"retention": "14d"}, "else it would be written at the next start"
        [container] = pod["containers"]
        assert {"name": "lifecycle", "configMap": {"name": "lifecycle"}} in pod["volumes"]
        [mount] = [each for each in container["volumeMounts"] if each["name"] == "lifecycle"]
        ilm = spec["config"]["setup.ilm"]
        assert ilm["policy_file"] == f"{mount['mountPath']}/policy.json"
        assert ilm["overwrite"] is True, "else a change of the retention comes to nothing"
        setups.append({key: each for key, each in spec["config"].items() if "setup" in key})
    assert setups[0] == setups[1], "both write one template"


def test_requests_come_in_where_models_send_them() -> None:
    made = objects(receiver={"replicas": 2})
    spec = made["Beat", "requests"]["spec"]
    [listener] = spec["config"]["filebeat.inputs"]
    service = made["Service", "requests"]
    [port] = service["spec"]["ports"]
    [container] = spec["deployment"]["podTemplate"]["spec"]["containers"]
    assert container["ports"] == [
        {"name": port["targetPort"], "containerPort": int(listener["listen_port"])}
    ]
    url = re.fullmatch(r"http://([^.]+)\.([^.]+)\.svc\.cluster\.local:(\d+)", logs().receiver_url)
    assert url is not None
    metadata = service["metadata"]
    assert url.groups() == (metadata["name"], metadata["namespace"], str(port["port"]))
    # ECK's label of every pod of a Beat.
    assert service["spec"]["selector"] == {"beat.k8s.elastic.co/name": "requests"}
    assert spec["deployment"]["replicas"] == 2
    assert {"Ce-Inferenceservicename", "Ce-Endpoint", "Ce-Type"} < {*listener["include_headers"]}
    assert listener["prefix"] == "body"
    fields = spec["config"]["setup.template"]["append_fields"]
    assert fields == [{"name": "body", "type": "object", "enabled": False}]


def test_pods_that_read_the_node_s_files_can_be_left_out() -> None:
    made, without = objects(), objects(containers=False, kibana=None)
    assert made.keys() - without.keys() == {
        ("Beat", "containers"),
        ("ServiceAccount", "containers"),
        ("ClusterRole", "container-logs"),
        ("ClusterRoleBinding", "container-logs"),
        ("Kibana", "kibana"),
    }
    levels = [
        each["Namespace", "logging"]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        for each in (made, without)
    ]
    assert levels == ["privileged", "baseline"]
    assert "hostPath" not in str(without.values())


def test_who_collects_logs_may_read_pods_and_nothing_else() -> None:
    made = objects()
    assert made["ClusterRole", "container-logs"]["rules"] == [
        {
            "apiGroups": [""],
            "resources": ["namespaces", "nodes", "pods"],
            "verbs": ["get", "list", "watch"],
        }
    ]
    binding = made["ClusterRoleBinding", "container-logs"]
    assert binding["subjects"] == [
        {"kind": "ServiceAccount", "name": "containers", "namespace": "logging"}
    ]
    pod = made["Beat", "containers"]["spec"]["daemonSet"]["podTemplate"]["spec"]
    assert (pod["serviceAccountName"], pod["automountServiceAccountToken"]) == ("containers", True)
    folders = {each["hostPath"]["path"] for each in pod["volumes"] if "hostPath" in each}
    mounts = {each["mountPath"] for each in pod["containers"][0]["volumeMounts"] if "name" in each}
    assert folders < mounts


def test_nobody_comes_in_but_eck_and_the_requests_of_models() -> None:
    made = objects()
    everything = made["NetworkPolicy", "logging"]["spec"]
    assert everything == {
        "podSelector": {},
        "policyTypes": ["Ingress"],
        "ingress": [
            {
                "from": [
                    {"podSelector": {}},
                    _namespace("kubernetes.io/metadata.name", "elastic-system"),
                ]
            }
        ],
    }
    requests = made["NetworkPolicy", "requests"]["spec"]
    assert requests["podSelector"]["matchLabels"] == made["Service", "requests"]["spec"]["selector"]
    assert requests["ingress"] == [
        {
            "from": [_namespace("app.kubernetes.io/part-of", "kubeflow-profile")],
            "ports": [{"protocol": "TCP", "port": "http"}],
        }
    ]


def _namespace(label: str, value: str) -> Body:
    return {"namespaceSelector": {"matchLabels": {label: value}}}
