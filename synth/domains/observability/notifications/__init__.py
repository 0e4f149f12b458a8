"""Who is told of alerts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from constructs import Construct

from synth.config.notifications import Notifications, Route
from synth.config.observability import Grafana, Prometheus
from synth.domains.observability.notifications.alertmanager import alertmanager_config
from synth.domains.observability.notifications.files import file
from synth.domains.observability.notifications.operator import custom_resources
from synth.kit.construct import Manifests
from synth.kit.objects import Body


class WhoIsTold(Manifests):
    """Contact points and routes for whoever sends, in the namespace of Prometheus: one tree for
    the whole environment, and its Secrets where no team can read them.
    """

    def __init__(
        self,
        scope: Construct,
        notifications: Notifications,
        routes: Sequence[Route],
        prometheus: Prometheus,
        grafana: Grafana | None,
    ) -> None:
        objects = _objects(notifications, routes, prometheus, grafana)
        super().__init__(scope, "notifications", objects, key="observability.notifications")


def _objects(
    notifications: Notifications,
    routes: Sequence[Route],
    prometheus: Prometheus,
    grafana: Grafana | None,
) -> Iterator[Body]:
    if notifications.via == "alertmanager":
        yield alertmanager_config(notifications, routes, prometheus)
    elif grafana and grafana.provisioning:
        yield file(notifications, routes, grafana.provisioning)
    elif grafana:
        yield from custom_resources(notifications, routes, grafana, prometheus.namespace)
