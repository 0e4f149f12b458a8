"""Contact points and routes for Alertmanager.

Source: prometheus-operator pkg/apis/monitoring/v1alpha1/alertmanager_config_types.go, v0.93.0, and
pkg/alertmanager/amcfg.go: where Alertmanager's `alertmanagerConfigMatcherStrategy` is OnNamespace,
the operator adds a matcher for the object's own namespace. The operator puts the objects' routes
side by side with `continue`, so that one that retrains a model goes on as it did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from synth.config.containers import SecretKey
from synth.config.notifications import (
    GROUPING,
    SEVERITIES,
    ContactPoint,
    Email,
    MuteTime,
    Notifications,
    PagerDuty,
    Route,
    Slack,
    Webhook,
)
from synth.config.observability import Prometheus
from synth.kit.objects import Body, manifest

NAME = "notifications"
NOBODY = "no one"
"""The receiver of what nobody is told of; no contact point can be called so."""
SEVERITY = "{{ or .CommonLabels.severity `error` }}"
"""PagerDuty's severities have the names of ours; a message about several has none of them."""
# Alertmanager's own message has a title and no text.
_TEXT = """\
{{ range .Alerts }}{{ .Annotations.summary }}
{{ .Annotations.description }}{{ with .Annotations.runbook_url }}
<{{ . }}|Runbook>{{ end }}{{ with .Annotations.dashboard_url }}
<{{ . }}|Dashboard>{{ end }}

{{ end }}"""


def alertmanager_config(
    notifications: Notifications, routes: Sequence[Route], prometheus: Prometheus
) -> Body:
    """The whole tree. Alerts of other severities, such as Prometheus' own Watchdog, which always
    fires, are not for people.
    """
    known = {
        "name": "severity",
        "matchType": "=~",
        "value": "|".join(SEVERITIES),
    }
    receivers = [_receiver(point) for point in notifications.contact_points]
    if notifications.contact_point is None:
        receivers.append({"name": NOBODY})
    return manifest(
        "monitoring.coreos.com/v1alpha1",
        "AlertmanagerConfig",
        NAME,
        namespace=prometheus.namespace,
        labels=prometheus.labels,
        spec={
            "route": {
                "receiver": notifications.contact_point or NOBODY,
                "matchers": [known],
                **_grouping(notifications),
                "routes": [_route(route) for route in routes],
            },
            "receivers": receivers,
            **_mute_times(notifications.mute_times),
        },
    )


def _route(route: Route) -> Body:
    matchers = [
        {"name": name, "matchType": "=", "value": value}
        for name, value in sorted(route.conditions.items())
    ]
    return {
        "receiver": route.contact_point,
        **({"matchers": matchers} if matchers else {}),
        **({"continue": True} if route.carry_on else {}),
        **({"muteTimeIntervals": list(route.mute_times)} if route.mute_times else {}),
        **_grouping(route),
    }


def _grouping(of: Route | Notifications) -> Body:
    return of.model_dump(mode="json", by_alias=True, include=set(GROUPING), exclude_none=True)


def _receiver(point: ContactPoint) -> Body:
    ways = {
        "slackConfigs": [_slack(point.slack)] if point.slack else [],
        "pagerdutyConfigs": [_pagerduty(point.pagerduty)] if point.pagerduty else [],
        "emailConfigs": [_email(point.email)] if point.email else [],
        "webhookConfigs": [_webhook(point.webhook)] if point.webhook else [],
    }
    return {"name": point.name, **{key: value for key, value in ways.items() if value}}


def _slack(slack: Slack) -> Body:
    return {
        "apiURL": _secret(slack.url),
        "channel": slack.channel,
        "text": _TEXT,
        "sendResolved": True,
    }


def _pagerduty(pagerduty: PagerDuty) -> Body:
    return {
        "routingKey": _secret(pagerduty.routing_key),
        "severity": SEVERITY,
        "sendResolved": True,
    }


def _email(email: Email) -> Body:
    account: Mapping[str, Any] = {}
    if email.username and email.password:
        account = {"authUsername": email.username, "authPassword": _secret(email.password)}
    return {
        "to": ", ".join(email.to),
        "from": email.sender,
        "smarthost": email.smarthost,
        **account,
        "sendResolved": True,
    }


def _webhook(webhook: Webhook) -> Body:
    shown: Mapping[str, Any] = {}
    if webhook.token:
        credentials = {"type": "Bearer", "credentials": _secret(webhook.token)}
        shown = {"httpConfig": {"authorization": credentials}}
    return {"url": webhook.url, **shown, "sendResolved": True}


def _secret(secret: SecretKey) -> Body:
    return {"name": secret.name, "key": secret.key}


def _mute_times(times: Sequence[MuteTime]) -> Body:
    if not times:
        return {}
    return {
        "muteTimeIntervals": [
            {"name": each.name, "timeIntervals": [_interval(each)]} for each in times
        ]
    }


def _interval(time: MuteTime) -> Body:
    hours = [{"startTime": each.start, "endTime": each.end} for each in time.times]
    return {
        **({"weekdays": list(time.weekdays)} if time.weekdays else {}),
        **({"times": hours} if hours else {}),
    }
