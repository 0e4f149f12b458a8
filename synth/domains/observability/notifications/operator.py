"""Who is told, for Grafana's operator.

Source: grafana-operator api/v1beta1 (contactpoint_types.go, whose `receivers` exist since v5.21,
notificationpolicy_types.go, mutetiming_types.go), v5.24.0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from synth.config.notifications import ContactPoint, Notifications, Route
from synth.config.observability import Grafana
from synth.domains.observability.grafana import API, instances
from synth.domains.observability.notifications.alertmanager import NAME
from synth.domains.observability.notifications.grafana import (
    Receiver,
    intervals,
    policy,
    receivers,
)
from synth.kit.objects import Body, manifest


def custom_resources(
    notifications: Notifications, routes: Sequence[Route], grafana: Grafana, namespace: str
) -> Iterator[Body]:
    """A contact point and a mute timing each, and the tree of policies."""
    for point in notifications.contact_points:
        yield _contact_point(point, grafana, namespace)
    for time in notifications.mute_times:
        yield manifest(
            API,
            "GrafanaMuteTiming",
            time.name,
            namespace=namespace,
            spec={**instances(grafana), "name": time.name, "time_intervals": intervals(time)},
        )
    yield manifest(
        API,
        "GrafanaNotificationPolicy",
        NAME,
        namespace=namespace,
        spec={**instances(grafana), "route": policy(notifications, routes)},
    )


def _contact_point(point: ContactPoint, grafana: Grafana, namespace: str) -> Body:
    ways = [_receiver(each) for each in receivers(point)]
    return manifest(
        API,
        "GrafanaContactPoint",
        point.name,
        namespace=namespace,
        spec={**instances(grafana), "name": point.name, "receivers": ways},
    )


def _receiver(receiver: Receiver) -> Body:
    secrets = [
        {
            "targetPath": path,
            "valueFrom": {"secretKeyRef": {"name": secret.name, "key": secret.key}},
        }
        for path, secret in receiver.secrets.items()
    ]
    return {
        "uid": receiver.uid,
        "type": receiver.type,
        "settings": receiver.settings,
        **({"valuesFrom": secrets} if secrets else {}),
    }
