"""Everything that logs need, in a namespace of their own."""

from __future__ import annotations

from constructs import Construct

from synth.config.logs import Logs
from synth.domains.logs.access import network_policies
from synth.domains.logs.containers import container_logs
from synth.domains.logs.elasticsearch import elasticsearch, kibana
from synth.domains.logs.filebeat import lifecycle
from synth.domains.logs.requests import request_logs
from synth.kit.construct import Manifests
from synth.kit.objects import Body, manifest


class LogStack(Manifests):
    """Elasticsearch and Kibana, what takes the requests of models, and what collects the logs of
    containers; `operator` is the namespace of ECK, which runs them all.
    """

    def __init__(self, scope: Construct, logs: Logs, *, operator: str) -> None:
        super().__init__(
            scope,
            "logs",
            [
                _namespace(logs),
                elasticsearch(logs),
                *([kibana(logs, logs.kibana)] if logs.kibana else []),
                lifecycle(logs),
                *request_logs(logs),
                *(container_logs(logs) if logs.containers else []),
                *network_policies(logs, operator),
            ],
            key="observability.logs",
        )


def _namespace(logs: Logs) -> Body:
    # The pods that read the logs of containers mount folders of their nodes, as root.
    level = "privileged" if logs.containers else "baseline"
    labels = {"pod-security.kubernetes.io/enforce": level, "istio-injection": "disabled"}
    return manifest("v1", "Namespace", logs.namespace, labels=labels)
