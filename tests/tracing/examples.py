"""Jaeger for tests, and what is made of it."""

from __future__ import annotations

import json
from typing import Any

from cdk8s import App, Chart

from synth.config.tracing import Jaeger
from synth.domains.tracing import TraceStore
from synth.kit.elasticsearch import Elasticsearch, SecretKeyRef
from synth.kit.objects import Body

STORE = Elasticsearch(
    url="https://elasticsearch-es-http.logging.svc:9200",
    username="elastic",
    password=SecretKeyRef("elasticsearch-es-elastic-user", "elastic"),
    ca=SecretKeyRef("elasticsearch-es-http-certs-public", "ca.crt"),
    copies=1,
)


def objects(store: Elasticsearch | None = None, **fields: Any) -> dict[str, Body]:
    """The objects by kind; with a store in its namespace."""
    if store:
        fields["storage"] = "elasticsearch"
    leaf = TraceStore(
        Chart(App(), "tracing"),
        Jaeger.model_validate_json(json.dumps(fields)),
        namespace="logging" if store else "tracing",
        port=6831,
        elasticsearch=store,
        monitoring="monitoring",
        mirror=lambda image: f"m/{image}",
    )
    assert leaf.key == "observability.tracing.jaeger"
    made = {body["kind"]: body for body in leaf.objects}
    assert len(made) == len(leaf.objects)
    return made


def configuration(store: Elasticsearch | None = None, **fields: Any) -> Any:
    """What Jaeger reads."""
    return objects(store, **fields)["OpenTelemetryCollector"]["spec"]["config"]
