"""What takes the requests and answers of models: a Filebeat that listens for HTTP.

Both engines send CloudEvents in binary form, attributes as headers and the request as the body
(SeldonIO/seldon-core executor/logger/worker.go; kserve/kserve pkg/logger/worker.go). What is no JSON
is refused.

Source: elastic/beats x-pack/filebeat/input/http_endpoint/config.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from synth.config.logs import Logs
from synth.domains.logs.filebeat import BODY, filebeat, policy_volume, restarted
from synth.kit.containers import NO_PRIVILEGES
from synth.kit.objects import Body, manifest

NAME = "requests"
PORT = 8080
PODS = {"beat.k8s.elastic.co/name": NAME}
"""The label that ECK gives to its pods."""
_ATTRIBUTES = (
    "component", "endpoint", "id", "inferenceservicename", "modelid", "namespace", "protocol",
    "requestid", "source", "time", "type",
)  # fmt: skip
"""Of CloudEvents: `endpoint` is the variant, `inferenceservicename` the model, `type` says whether it
is a request or an answer."""


def request_logs(logs: Logs) -> Iterator[Body]:
    """The receiver and its Service."""
    volume, mount = policy_volume()
    container: Body = {
        "name": "filebeat",
        "ports": [{"name": "http", "containerPort": PORT}],
        "readinessProbe": {"tcpSocket": {"port": "http"}},
        "volumeMounts": [mount],
        "securityContext": NO_PRIVILEGES,
    }
    resources = logs.receiver.resources.model_dump(exclude_defaults=True)
    if resources:
        container["resources"] = resources
    spec = {
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 1000,
            "fsGroup": 1000,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        # Else a folder of the node, which two of them on one node would share.
        "volumes": [{"name": "beat-data", "emptyDir": {}}, volume],
    }
    config = {
        "filebeat.inputs": [
            {
                "type": "http_endpoint",
                "id": NAME,
                "listen_address": "0.0.0.0",  # noqa: S104
                "listen_port": str(PORT),
                # Whatever it calls itself, as long as it is JSON.
                "content_type": "",
                "prefix": BODY,
                "include_headers": [f"Ce-{name.capitalize()}" for name in _ATTRIBUTES],
                "fields": {"log": NAME},
            }
        ]
    }
    pods = {"metadata": restarted(logs), "spec": spec}
    deployment = {"replicas": logs.receiver.replicas, "podTemplate": pods}
    yield filebeat(logs, NAME, config, deployment=deployment)
    yield manifest(
        "v1",
        "Service",
        NAME,
        namespace=logs.namespace,
        spec={
            "selector": PODS,
            "ports": [{"name": "http", "port": PORT, "targetPort": "http"}],
        },
    )
