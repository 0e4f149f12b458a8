"""Contact points and routes as Grafana's own alerting names them, however it is told.

Source: grafana/grafana docs/sources/alerting/set-up/provision-alerting-resources/file-provisioning
and pkg/services/provisioning/alerting (contact_point_types.go, notification_policy_types.go);
grafana-operator api/v1beta1 (notificationpolicy_types.go, mutetiming_types.go), v5.24.0, has the same
names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from synth.config.containers import SecretKey
from synth.config.notifications import GROUPING, ContactPoint, MuteTime, Notifications, Route
from synth.domains.observability.links import UID_LENGTH
from synth.domains.observability.notifications.alertmanager import SEVERITY
from synth.kit.names import bounded
from synth.kit.objects import Body


@dataclass(frozen=True, slots=True)
class Receiver:
    """One way in which a contact point tells people; `secrets` are settings too, by their name."""

    uid: str
    type: str
    settings: Body
    secrets: Mapping[str, SecretKey] = field(default_factory=dict)


def receivers(point: ContactPoint) -> Iterator[Receiver]:
    """The ways of a contact point."""

    def uid(type: str) -> str:
        return bounded(f"{point.name}_{type}", UID_LENGTH)

    if slack := point.slack:
        yield Receiver(uid("slack"), "slack", {"recipient": slack.channel}, {"url": slack.url})
    if pagerduty := point.pagerduty:
        key = {"integrationKey": pagerduty.routing_key}
        yield Receiver(uid("pagerduty"), "pagerduty", {"severity": SEVERITY}, key)
    if email := point.email:
        addresses = ";".join(email.to)
        yield Receiver(uid("email"), "email", {"addresses": addresses, "singleEmail": True})
    if webhook := point.webhook:
        settings = {"url": webhook.url, "httpMethod": "POST"}
        shown = {}
        if webhook.token:
            settings["authorization_scheme"] = "Bearer"
            shown["authorization_credentials"] = webhook.token
        yield Receiver(uid("webhook"), "webhook", settings, shown)


def policy(notifications: Notifications, routes: Sequence[Route]) -> Body:
    """The whole tree; Grafana has one, and its root takes what no route does."""
    return {
        "receiver": notifications.contact_point,
        **_grouping(notifications),
        "routes": [_route(route) for route in routes],
    }


def _route(route: Route) -> Body:
    matchers = [[name, "=", value] for name, value in sorted(route.conditions.items())]
    return {
        "receiver": route.contact_point,
        **({"object_matchers": matchers} if matchers else {}),
        **({"continue": True} if route.carry_on else {}),
        **({"mute_time_intervals": list(route.mute_times)} if route.mute_times else {}),
        **_grouping(route),
    }


def _grouping(of: Route | Notifications) -> Body:
    return of.model_dump(mode="json", include=set(GROUPING), exclude_none=True)


def intervals(time: MuteTime) -> list[Body]:
    """When nobody is told."""
    hours = [{"start_time": each.start, "end_time": each.end} for each in time.times]
    return [
        {
            **({"weekdays": list(time.weekdays)} if time.weekdays else {}),
            **({"times": hours} if hours else {}),
        }
    ]
