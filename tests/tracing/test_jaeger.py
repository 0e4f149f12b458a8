"""Jaeger as an OpenTelemetryCollector, and what stands around it."""

from __future__ import annotations

from synth.kit.objects import Body
from tests.schemas import complaints
from tests.tracing.examples import STORE, configuration, objects

CRD = "opentelemetry-operator-0.158.0.yaml"


def test_it_keeps_traces_in_memory_in_a_namespace_of_its_own() -> None:
    made = objects(maxTraces=1000, resources={"limits": {"memory": "512Mi"}})
    assert made.keys() == {"Namespace", "OpenTelemetryCollector", "Service", "NetworkPolicy"}
    assert made["Namespace"]["metadata"]["labels"] == {
        "pod-security.kubernetes.io/enforce": "restricted",
        "istio-injection": "disabled",
    }
    collector = made["OpenTelemetryCollector"]
    assert complaints(CRD, collector) == []
    spec = dict(collector["spec"])
    config = spec.pop("config")
    assert spec == {
        "mode": "deployment",
        "image": "m/docker.io/jaegertracing/jaeger:2.13.0",
        "upgradeStrategy": "none",
        "replicas": 1,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "runAsNonRoot": True,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "resources": {"limits": {"memory": "512Mi"}},
    }
    assert config["extensions"]["jaeger_storage"] == {
        "backends": {"traces": {"memory": {"max_traces": 1000}}}
    }
    assert config["receivers"]["jaeger"] == {
        "protocols": {"thrift_compact": {"endpoint": "0.0.0.0:6831"}}
    }


def test_with_elasticsearch_it_lives_beside_it_and_reads_its_secrets() -> None:
    made = objects(STORE, replicas=2)
    assert "Namespace" not in made, "the logs bring it"
    collector = made["OpenTelemetryCollector"]
    assert complaints(CRD, collector) == []
    assert {body["metadata"]["namespace"] for body in made.values()} == {"logging"}
    spec = collector["spec"]
    files = _files(spec["volumes"], spec["volumeMounts"])
    assert files == {
        "/etc/elasticsearch-ca/content": "elasticsearch-es-http-certs-public/ca.crt",
        "/etc/elasticsearch-password/content": "elasticsearch-es-elastic-user/elastic",
    }
    index = {"shards": 1, "replicas": 1}
    assert spec["config"]["extensions"]["jaeger_storage"]["backends"]["traces"] == {
        "elasticsearch": {
            "server_urls": ["https://elasticsearch-es-http.logging.svc:9200"],
            "auth": {
                "basic": {
                    "username": "elastic",
                    "password_file": "/etc/elasticsearch-password/content",
                }
            },
            "tls": {"ca_file": "/etc/elasticsearch-ca/content"},
            "indices": dict.fromkeys(("spans", "services", "dependencies", "sampling"), index),
        }
    }


def _files(volumes: list[Body], mounts: list[Body]) -> dict[str, str]:
    """Which key of which Secret is in which file."""
    folders = {mount["name"]: mount["mountPath"] for mount in mounts}
    return {
        f"{folders[volume['name']]}/{item['path']}": f"{volume['secret']['secretName']}/{item['key']}"
        for volume in volumes
        for item in volume["secret"]["items"]
    }


def test_old_traces_are_removed_every_day() -> None:
    job = objects(STORE, retention="14d")["CronJob"]["spec"]
    assert (job["schedule"], job["timeZone"]) == ("55 23 * * *", "Etc/UTC")
    pod = job["jobTemplate"]["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert container["image"] == "m/docker.io/jaegertracing/jaeger-es-index-cleaner:2.13.0"
    assert container["args"] == ["14", "https://elasticsearch-es-http.logging.svc:9200"]
    assert container["env"] == [
        {"name": "ES_USERNAME", "value": "elastic"},
        {
            "name": "ES_PASSWORD",
            "valueFrom": {
                "secretKeyRef": {"name": "elasticsearch-es-elastic-user", "key": "elastic"}
            },
        },
        {"name": "ES_TLS_ENABLED", "value": "true"},
        {"name": "ES_TLS_CA", "value": "/etc/elasticsearch-ca/content"},
    ]
    assert "/etc/elasticsearch-ca/content" in _files(pod["volumes"], container["volumeMounts"])


def test_every_port_that_it_listens_on_for_others_is_in_its_service() -> None:
    made = objects()
    config = configuration()
    protocols = (
        config["receivers"]["otlp"]["protocols"] | config["receivers"]["jaeger"]["protocols"]
    )
    endpoints = [*protocols.values(), config["extensions"]["jaeger_query"]["http"]]
    listening = {int(each["endpoint"].rpartition(":")[2]) for each in endpoints}
    [reader] = config["service"]["telemetry"]["metrics"]["readers"]
    listening.add(reader["pull"]["exporter"]["prometheus"]["port"])
    ports = made["Service"]["spec"]["ports"]
    assert {port["port"] for port in ports} == {port["targetPort"] for port in ports} == listening
    assert [port["port"] for port in ports if port.get("protocol") == "UDP"] == [6831]


def test_models_send_traces_prometheus_reads_metrics_and_nobody_else_comes_in() -> None:
    made = objects()
    policy = made["NetworkPolicy"]["spec"]
    assert policy["podSelector"]["matchLabels"] == made["Service"]["spec"]["selector"]
    assert policy["policyTypes"] == ["Ingress"]
    models, prometheus = policy["ingress"]
    [source] = models["from"]
    assert source == {
        "namespaceSelector": {"matchLabels": {"app.kubernetes.io/part-of": "kubeflow-profile"}}
    }
    assert [(each["protocol"], each["port"]) for each in models["ports"]] == [
        ("UDP", 6831),
        ("TCP", 4317),
        ("TCP", 4318),
    ]
    [source] = prometheus["from"]
    assert source["namespaceSelector"]["matchLabels"] == {
        "kubernetes.io/metadata.name": "monitoring"
    }
    assert prometheus["ports"] == [{"protocol": "TCP", "port": 8888}]
