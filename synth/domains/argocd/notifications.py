"""Who is told of what happens to Applications: annotations of projects, which hold for all of their
Applications, and our keys of `argocd-notifications-cm`.

Source: argoproj/argo-cd notification_controller/controller/controller.go (alterDestinations) at v3.2.6;
argoproj/notifications-engine pkg/api/config.go, pkg/subscriptions/annotations.go and pkg/services/.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from synth.config.gitops import Gitops
from synth.config.syncing import (
    EmailService,
    Services,
    Subscription,
    Trigger,
    WebhookService,
    recipients,
)
from synth.domains.argocd.config_maps import config_map
from synth.kit.objects import Body

_RETRIES = 5
"""So often an operation has been tried again after some five minutes, by the Applications' backoff."""
# An operation that fails and is tried again has the phase Running (argo-cd controller/appcontroller.go,
# processRequestedAppOperation), and ours are without end.
_WHEN: Mapping[Trigger, str] = {
    "on-sync-failed": (
        "app.status?.operationState?.phase in ['Error', 'Failed'] or "
        "(app.status?.operationState?.phase == 'Running' and "
        f"(app.status?.operationState?.retryCount ?? 0) >= {_RETRIES})"
    ),
    "on-sync-status-unknown": "app.status?.sync?.status == 'Unknown'",
    "on-health-degraded": "app.status?.health?.status == 'Degraded'",
    "on-deployed": (
        "app.status?.operationState?.phase == 'Succeeded' and "
        "app.status?.sync?.status == 'Synced' and app.status?.health?.status == 'Healthy'"
    ),
}
_SAID: Mapping[Trigger, str] = {
    "on-sync-failed": "could not be synced: {{.app.status.operationState.message}}",
    "on-sync-status-unknown": (
        "cannot be compared with git:{{range .app.status.conditions}} {{.message}}{{end}}"
    ),
    "on-health-degraded": "is degraded",
    "on-deployed": "is synced to {{.app.status.sync.revision}} and healthy",
}
_ONCE_PER: Mapping[Trigger, str] = {"on-deployed": "app.status?.sync?.revision"}


def subscribed(subscriptions: Iterable[Subscription]) -> dict[str, str]:
    """The annotations of a project whose Applications somebody is told of."""
    return {
        f"notifications.argoproj.io/subscribe.{trigger}.{service}": ";".join(who)
        for (trigger, service), who in recipients(subscriptions).items()
    }


def notifications_config_map(gitops: Gitops, services: Services) -> Body:
    """Triggers, messages and services. Credentials are names of keys of the Secret
    `argocd-notifications-secret`, which Argo CD puts in their places.
    """
    data = {key: _text(value) for key, value in sorted(_keys(gitops, services))}
    return config_map(gitops, "argocd-notifications-cm", data)


def _keys(gitops: Gitops, services: Services) -> Iterator[tuple[str, Any]]:
    for trigger, when in _WHEN.items():
        once = {"oncePer": _ONCE_PER[trigger]} if trigger in _ONCE_PER else {}
        yield f"trigger.{trigger}", [{"when": when, **once, "send": [f"kfsynth-{trigger}"]}]
        yield f"template.kfsynth-{trigger}", _template(gitops, services, trigger)
    if services.slack:
        yield "service.slack", {"token": f"${services.slack.token}"}
    if services.email:
        yield "service.email", _email(services.email)
    for each in services.webhooks:
        yield f"service.webhook.{each.name}", _webhook(each)


def _template(gitops: Gitops, services: Services, trigger: Trigger) -> dict[str, Any]:
    message = f"{{{{.app.metadata.name}}}} {_SAID[trigger]}"
    place = f"{services.url}/applications/{gitops.argocd.namespace}/{{{{.app.metadata.name}}}}"
    body = (
        '{"application": {{toJson .app.metadata.name}}, "project": {{toJson .app.spec.project}}, '
        f'"trigger": "{trigger}", "revision": {{{{toJson .app.status.sync.revision}}}}}}'
    )
    return {
        "message": f"{message}\n{place}" if services.url else message,
        **(
            {"email": {"subject": f"{{{{.app.metadata.name}}}}: {trigger}"}}
            if services.email
            else {}
        ),
        **(
            {"webhook": {each.name: {"method": "POST", "body": body} for each in services.webhooks}}
            if services.webhooks
            else {}
        ),
    }


def _email(service: EmailService) -> dict[str, Any]:
    login = {"username": f"${service.username}", "password": f"${service.password}"}
    return {
        "host": service.host,
        "port": service.port,
        "from": service.sender,
        **(login if service.username else {}),
    }


def _webhook(service: WebhookService) -> dict[str, Any]:
    headers = [{"name": "Content-Type", "value": "application/json"}]
    if service.token:
        headers.append({"name": "Authorization", "value": f"Bearer ${service.token}"})
    return {"url": service.url, "headers": headers}


def _text(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
