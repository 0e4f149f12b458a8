"""What removes old traces from Elasticsearch, where Jaeger begins new indices every day.

Source: jaegertracing/jaeger cmd/es-index-cleaner/{main.go,app/flags.go} at v1.76.0: two arguments,
and every flag as an environment variable.
"""

from __future__ import annotations

from collections.abc import Callable

from synth.catalog.jaeger import index_cleaner_image
from synth.config.logs import days
from synth.config.tracing import Jaeger
from synth.domains.tracing.secrets import CA_FILE, CA_MOUNT, ca_volume
from synth.kit.containers import NO_PRIVILEGES
from synth.kit.elasticsearch import Elasticsearch
from synth.kit.objects import Body, manifest

_USER = 10001
"""Its image names a user or not, from version to version; it only asks Elasticsearch."""

_LONGEST = 3600
"""Seconds: the next day's waits for it."""


def index_cleaner(
    name: str,
    namespace: str,
    jaeger: Jaeger,
    elasticsearch: Elasticsearch,
    mirror: Callable[[str], str],
) -> Body:
    """A CronJob shortly before the day of new indices begins."""
    pod = {
        "restartPolicy": "OnFailure",
        "automountServiceAccountToken": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [
            {
                "name": "index-cleaner",
                "image": mirror(index_cleaner_image(jaeger.version)),
                "args": [str(days(jaeger.retention)), elasticsearch.url],
                "env": [
                    {"name": "ES_USERNAME", "value": elasticsearch.username},
                    {
                        "name": "ES_PASSWORD",
                        "valueFrom": {
                            "secretKeyRef": {
                                "name": elasticsearch.password.secret,
                                "key": elasticsearch.password.key,
                            }
                        },
                    },
                    {"name": "ES_TLS_ENABLED", "value": "true"},
                    {"name": "ES_TLS_CA", "value": CA_FILE},
                ],
                "resources": {
                    "requests": {"cpu": "10m", "memory": "32Mi"},
                    "limits": {"memory": "64Mi"},
                },
                "securityContext": {**NO_PRIVILEGES, "readOnlyRootFilesystem": True},
                "volumeMounts": [CA_MOUNT],
            }
        ],
        "volumes": [ca_volume(elasticsearch)],
    }
    return manifest(
        "batch/v1",
        "CronJob",
        f"{name}-index-cleaner",
        namespace=namespace,
        spec={
            "schedule": "55 23 * * *",
            "timeZone": "Etc/UTC",
            "concurrencyPolicy": "Forbid",
            "jobTemplate": {
                "spec": {
                    "backoffLimit": 3,
                    "activeDeadlineSeconds": _LONGEST,
                    "template": {"spec": pod},
                }
            },
        },
    )
