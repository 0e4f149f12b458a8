"""Jaeger v2 as the OpenTelemetry operator runs it.

It is an OpenTelemetry collector with storage and a user interface, and has the jaeger receiver that
Seldon's executor needs, whose client speaks compact thrift to an agent; so no collector of another
kind stands between them.

Source: jaegertracing/jaeger cmd/jaeger/{config,config-elasticsearch}.yaml and
internal/components.go, internal/storage/elasticsearch/config/config.go at v1.76.0 (v2.13.0), which
make test-tracing runs; the CRD of open-telemetry/opentelemetry-operator at 0.158.0 and its
internal/manifests/manifestutils/labels.go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from constructs import Construct

from synth.catalog.jaeger import jaeger_image
from synth.config.tracing import Jaeger
from synth.domains.tracing.access import PORTS, network_policy, service
from synth.domains.tracing.retention import index_cleaner
from synth.domains.tracing.secrets import CA_FILE, PASSWORD_FILE, mounts, volumes
from synth.kit.construct import Manifests
from synth.kit.containers import NO_PRIVILEGES
from synth.kit.elasticsearch import Elasticsearch
from synth.kit.objects import Body, manifest

NAME = "jaeger"
_STORE = "traces"
_EVERYWHERE = "0.0.0.0"  # noqa: S104


class TraceStore(Manifests):
    """Jaeger, the Service that agents and people find it at, and who may reach it.

    `namespace` is where it lives; with `elasticsearch`, where that is. `port` is that of the agent,
    `monitoring` the namespace of the Prometheus that scrapes it.
    """

    def __init__(
        self,
        scope: Construct,
        jaeger: Jaeger,
        *,
        namespace: str,
        port: int,
        elasticsearch: Elasticsearch | None,
        monitoring: str,
        mirror: Callable[[str], str],
    ) -> None:
        objects = [
            _collector(jaeger, namespace, port, elasticsearch, mirror),
            service(NAME, namespace, port),
            network_policy(NAME, namespace, port, monitoring),
        ]
        if elasticsearch:
            objects.append(index_cleaner(NAME, namespace, jaeger, elasticsearch, mirror))
        else:
            objects.insert(0, _namespace(namespace))
        super().__init__(scope, NAME, objects, key="observability.tracing.jaeger")


def _namespace(name: str) -> Body:
    labels = {
        "pod-security.kubernetes.io/enforce": "restricted",
        "istio-injection": "disabled",
    }
    return manifest("v1", "Namespace", name, labels=labels)


def _collector(
    jaeger: Jaeger,
    namespace: str,
    port: int,
    elasticsearch: Elasticsearch | None,
    mirror: Callable[[str], str],
) -> Body:
    spec: Body = {
        "mode": "deployment",
        "image": mirror(jaeger_image(jaeger.version)),
        # The operator would change the configuration in the cluster for a collector of its own age.
        "upgradeStrategy": "none",
        "replicas": jaeger.replicas,
        "securityContext": {
            **NO_PRIVILEGES,
            "runAsNonRoot": True,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "config": configuration(jaeger, port, elasticsearch),
    }
    resources = jaeger.resources.model_dump(exclude_defaults=True)
    if resources:
        spec["resources"] = resources
    if elasticsearch:
        spec |= {"volumes": volumes(elasticsearch), "volumeMounts": mounts()}
    return manifest(
        "opentelemetry.io/v1beta1", "OpenTelemetryCollector", NAME, namespace=namespace, spec=spec
    )


def configuration(jaeger: Jaeger, port: int, elasticsearch: Elasticsearch | None) -> dict[str, Any]:
    """What Jaeger reads: traces from agents' clients and by OTLP, into one store that it also shows.

    The operator leaves addresses and telemetry alone that are given.
    """
    return {
        "receivers": {
            "jaeger": {"protocols": {"thrift_compact": _endpoint(port)}},
            "otlp": {
                "protocols": {
                    "grpc": _endpoint(PORTS["otlp-grpc"]),
                    "http": _endpoint(PORTS["otlp-http"]),
                }
            },
        },
        "processors": {"batch": {}},
        "exporters": {"jaeger_storage_exporter": {"trace_storage": _STORE}},
        "extensions": {
            "jaeger_storage": {"backends": {_STORE: _backend(jaeger, elasticsearch)}},
            "jaeger_query": {
                "storage": {"traces": _STORE},
                "http": _endpoint(PORTS["query"]),
                "grpc": _endpoint(PORTS["query"] - 1),
            },
        },
        "service": {
            "extensions": ["jaeger_storage", "jaeger_query"],
            "pipelines": {
                "traces": {
                    "receivers": ["jaeger", "otlp"],
                    "processors": ["batch"],
                    "exporters": ["jaeger_storage_exporter"],
                }
            },
            "telemetry": {"metrics": {"readers": [_metrics()]}},
        },
    }


def _endpoint(port: int) -> Body:
    return {"endpoint": f"{_EVERYWHERE}:{port}"}


def _metrics() -> Body:
    prometheus = {"host": _EVERYWHERE, "port": PORTS["metrics"]}
    return {"pull": {"exporter": {"prometheus": prometheus}}}


def _backend(jaeger: Jaeger, elasticsearch: Elasticsearch | None) -> Body:
    if not elasticsearch:
        return {"memory": {"max_traces": jaeger.max_traces}}
    index = {"shards": 1, "replicas": elasticsearch.copies}
    return {
        "elasticsearch": {
            "server_urls": [elasticsearch.url],
            "auth": {"basic": {"username": elasticsearch.username, "password_file": PASSWORD_FILE}},
            "tls": {"ca_file": CA_FILE},
            "indices": dict.fromkeys(("spans", "services", "dependencies", "sampling"), index),
        }
    }
