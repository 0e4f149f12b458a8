"""The images of the Elastic Stack, as ECK names them.

Source: elastic/cloud-on-k8s pkg/controller/common/container/container.go at v2.16.1.
"""

from __future__ import annotations

from collections.abc import Iterator


def elastic_images(version: str) -> Iterator[str]:
    """Those of Elasticsearch, Kibana and Filebeat of a version; ECK pulls them from the registry in
    its own configuration.
    """
    for name in ("beats/filebeat", "elasticsearch/elasticsearch", "kibana/kibana"):
        yield f"docker.elastic.co/{name}:{version}"
