"""The images of Jaeger v2.

Source: jaegertracing/jaeger CHANGELOG.md and cmd/{jaeger,es-index-cleaner}/Dockerfile at v1.76.0, which
is v2.13.0 as well.
"""

from __future__ import annotations


def jaeger_image(version: str) -> str:
    """Jaeger itself, in all its roles."""
    return f"docker.io/jaegertracing/jaeger:{version}"


def index_cleaner_image(version: str) -> str:
    """What removes its old indices from Elasticsearch."""
    return f"docker.io/jaegertracing/jaeger-es-index-cleaner:{version}"
