"""The address that alerts are sent to, and who may call it.

Source: argoproj/argo-events pkg/apis/events/v1alpha1 (eventsource_types.go, webhook_context.go),
pkg/reconciler/eventsource/resource.go, docs/eventsources/webhook-authentication.md, 1.9.10.
"""

from __future__ import annotations

from constructs import Construct

from synth.catalog.platform_metrics import ARGO_EVENTS_PORT
from synth.config.containers import SecretKey
from synth.config.observability import Prometheus
from synth.domains.events.pods import template
from synth.kit.construct import Manifests
from synth.kit.network import from_namespace, ingress_policy, let_in, port
from synth.kit.objects import Body, manifest

PORT = 12000


class AlertSource(Manifests):
    """An EventSource that takes alerts from whoever shows the token, its pod's account, and a
    NetworkPolicy that lets in the namespace of Prometheus, where Alertmanager runs as well.
    """

    def __init__(
        self, scope: Construct, team: str, token: SecretKey, prometheus: Prometheus
    ) -> None:
        self.name = "alerts"
        self.event = "alert"
        self.token = token
        path = "/alerts"
        # The controller makes the Service and gives it this name.
        host = f"{self.name}-eventsource-svc.{team}.svc.cluster.local"
        self.url = f"http://{host}:{PORT}{path}"
        objects = [
            manifest(
                "v1",
                "ServiceAccount",
                self.name,
                namespace=team,
                automountServiceAccountToken=False,
            ),
            manifest(
                "argoproj.io/v1alpha1",
                "EventSource",
                self.name,
                namespace=team,
                spec={
                    "template": template(self.name),
                    "service": {"ports": [{"name": "http", "port": PORT, "targetPort": PORT}]},
                    "webhook": {self.event: self._webhook(path)},
                },
            ),
            self._callers(team, prometheus.namespace),
        ]
        super().__init__(scope, "source", objects, key="events")

    def _webhook(self, path: str) -> Body:
        return {
            "port": str(PORT),
            "endpoint": path,
            "method": "POST",
            "authSecret": {"name": self.token.name, "key": self.token.key},
        }

    def _callers(self, team: str, monitoring: str) -> Body:
        return ingress_policy(
            f"{self.name}-eventsource",
            namespace=team,
            pods={"eventsource-name": self.name},
            rules=[let_in([from_namespace(monitoring)], [port(PORT), port(ARGO_EVENTS_PORT)])],
        )
