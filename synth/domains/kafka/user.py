"""Somebody who may use a cluster: a KafkaUser.

Source: the CRDs of strimzi/strimzi-kafka-operator at 0.45.1 (v1beta2) and 1.2.0 (v1).
"""

from __future__ import annotations

from typing import Any

from synth.catalog.strimzi import api_version
from synth.config.kafka import SCRAM_KEY, Acl, KafkaCluster, Quotas, User
from synth.kit.objects import Body, manifest
from synth.kit.quantities import percent, quantity


def user(cluster: KafkaCluster, wanted: User, *, strimzi: str) -> Body:
    """The KafkaUser in the namespace of its cluster."""
    authentication: dict[str, Any] = {"type": wanted.authentication}
    if wanted.external:
        secret = {"name": wanted.password_secret, "key": SCRAM_KEY}
        authentication["password"] = {"valueFrom": {"secretKeyRef": secret}}
    spec: dict[str, Any] = {
        "authentication": authentication,
        "authorization": {"type": "simple", "acls": [_acl(acl) for acl in wanted.acls]},
    }
    quotas = _quotas(wanted.quotas) if wanted.quotas else {}
    if quotas:
        spec["quotas"] = quotas
    return manifest(
        api_version(strimzi),
        "KafkaUser",
        wanted.name,
        namespace=cluster.namespace,
        labels={"strimzi.io/cluster": cluster.name},
        spec=spec,
    )


def _acl(acl: Acl) -> Body:
    resource: Body = {"type": acl.resource.type}
    if acl.resource.name:
        resource |= {"name": acl.resource.name, "patternType": acl.resource.pattern_type}
    return {"resource": resource, "operations": list(acl.operations)}


def _quotas(quotas: Quotas) -> Body:
    body: Body = {}
    if quotas.producer_bytes:
        body["producerByteRate"] = int(quantity(quotas.producer_bytes))
    if quotas.consumer_bytes:
        body["consumerByteRate"] = int(quantity(quotas.consumer_bytes))
    if quotas.requests:
        body["requestPercentage"] = int(percent(quotas.requests) * 100)
    return body
