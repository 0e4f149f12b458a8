"""Elasticsearch and Kibana as ECK runs them.

Source: the CRDs of elastic/cloud-on-k8s at 2.12.1, 2.16.1 and 3.5.0, config/samples and
pkg/apis/elasticsearch/v1/{elasticsearch_types,name}.go at v2.16.1.
"""

from __future__ import annotations

from synth.config.base import Resources
from synth.config.logs import Logs, Pods
from synth.kit.elasticsearch import Elasticsearch, SecretKeyRef
from synth.kit.objects import Body, manifest

NAME = "elasticsearch"


def connection(logs: Logs) -> Elasticsearch:
    """How others in its namespace write into it: as the user elastic, whose password ECK makes."""
    return Elasticsearch(
        url=f"https://{NAME}-es-http.{logs.namespace}.svc:9200",
        username="elastic",
        password=SecretKeyRef(f"{NAME}-es-elastic-user", "elastic"),
        ca=SecretKeyRef(f"{NAME}-es-http-certs-public", "ca.crt"),
        copies=copies(logs),
    )


def copies(logs: Logs) -> int:
    """The copies of an index beside the first, which another node must hold: with one node too many
    Elasticsearch stays yellow, and its Application progressing for good.
    """
    return 0 if logs.elasticsearch.nodes == 1 else 1


def elasticsearch(logs: Logs) -> Body:
    """The cluster, each node with every role; its volumes stay when it goes."""
    wanted = logs.elasticsearch
    volume = {"metadata": {"name": "elasticsearch-data"}, "spec": wanted.storage.claim()}
    return manifest(
        "elasticsearch.k8s.elastic.co/v1",
        "Elasticsearch",
        NAME,
        namespace=logs.namespace,
        spec={
            "version": logs.version,
            "volumeClaimDeletePolicy": "DeleteOnScaledownOnly",
            "nodeSets": [
                {
                    "name": "default",
                    "count": wanted.nodes,
                    # Else nodes need vm.max_map_count raised, by a container that may do so.
                    "config": {"node.store.allow_mmap": False},
                    **container("elasticsearch", wanted.resources),
                    "volumeClaimTemplates": [volume],
                }
            ],
        },
    )


def kibana(logs: Logs, wanted: Pods) -> Body:
    """Kibana, as a user that ECK makes."""
    return manifest(
        "kibana.k8s.elastic.co/v1",
        "Kibana",
        "kibana",
        namespace=logs.namespace,
        spec={
            "version": logs.version,
            "count": wanted.replicas,
            "elasticsearchRef": {"name": NAME},
            **container("kibana", wanted.resources),
        },
    )


def container(name: str, resources: Resources) -> Body:
    """The podTemplate that gives the container of that name its resources, if any are said."""
    wanted = resources.model_dump(exclude_defaults=True)
    if not wanted:
        return {}
    return {"podTemplate": {"spec": {"containers": [{"name": name, "resources": wanted}]}}}
