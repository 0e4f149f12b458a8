"""Who is told, for a Grafana without its operator."""

from __future__ import annotations

from collections.abc import Sequence

from synth.config.notifications import ContactPoint, MuteTime, Notifications, Route
from synth.config.observability import Provisioning
from synth.domains.observability.notifications.alertmanager import NAME
from synth.domains.observability.notifications.grafana import (
    Receiver,
    intervals,
    policy,
    receivers,
)
from synth.domains.observability.provisioning import ORGANISATION, config_map, from_file, literal
from synth.kit.objects import Body


def file(notifications: Notifications, routes: Sequence[Route], provisioning: Provisioning) -> Body:
    """One file with the contact points, mute timings and the tree of policies."""
    tree = {"orgId": ORGANISATION, **literal(policy(notifications, routes))}
    content = {
        "contactPoints": [_contact_point(each) for each in notifications.contact_points],
        "muteTimes": [_mute_time(each) for each in notifications.mute_times],
        "policies": [tree],
    }
    return config_map(NAME, content, provisioning)


def _contact_point(point: ContactPoint) -> Body:
    ways = [_receiver(each) for each in receivers(point)]
    return {"orgId": ORGANISATION, "name": point.name, "receivers": ways}


def _receiver(receiver: Receiver) -> Body:
    secrets = {name: from_file(secret) for name, secret in receiver.secrets.items()}
    return {
        "uid": receiver.uid,
        "type": receiver.type,
        "settings": {**literal(receiver.settings), **secrets},
    }


def _mute_time(time: MuteTime) -> Body:
    return {"orgId": ORGANISATION, "name": time.name, "time_intervals": intervals(time)}
