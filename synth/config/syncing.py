"""What `gitops:` and a team's `repository:` say of how Argo CD syncs: when it may, who may do what
there, and who is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from synth.config.base import Duration, Name, NonEmpty, Section, TimeZone
from synth.kit.quantities import milliseconds
from synth.kit.schedules import DESCRIPTORS, check_schedule, open_minutes


def _begin(schedule: str) -> str:
    if schedule in DESCRIPTORS:
        raise ValueError(
            f"{schedule!r} is a name, which windows of Argo CD do not read: write "
            f"{DESCRIPTORS[schedule]!r}"
        )
    if len(schedule.split()) != 5:
        raise ValueError(
            f"{schedule!r} is not a schedule: five fields (minute, hour, day of the month, month, day "
            "of the week) such as '0 18 * * 5'"
        )
    return check_schedule(schedule)


def _length(duration: str) -> str:
    if "d" in duration:
        raise ValueError(
            f"{duration!r} has days, which Argo CD does not read: write hours, such as 60h"
        )
    if not milliseconds(duration) or milliseconds(duration) % 60_000:
        raise ValueError(f"{duration!r} must be whole minutes, one at least")
    return duration


class SyncWindow(Section):
    """A time in which Argo CD syncs, or does not.

    Where a window denies, nothing is synced; where any allows, only while one of them does. A commit
    waits until then.
    """

    name: Name
    """What files that extend this one call it by, and people who are held up read."""
    kind: Literal["allow", "deny"]
    schedule: Annotated[str, AfterValidator(_begin), Field(examples=["0 18 * * 5"])]
    """When it opens: minute, hour, day of the month, month, day of the week."""
    duration: Annotated[Duration, AfterValidator(_length), Field(examples=["60h"])]
    """How long it stays open."""
    time_zone: TimeZone = "UTC"
    """The time zone of the schedule."""
    applications: tuple[Name, ...] = ()
    """The applications that it holds for, as their folders in dist/<environment>/ are called; without
    any everything of the environment, what comes from teams' own repositories too."""
    manual_sync: bool = False
    """People may sync all the same."""

    def holds_for(self, application: str) -> bool:
        """Whether it does for an application of this name."""
        return not self.applications or application in self.applications

    @property
    def minutes(self) -> int:
        """The minutes in which it is open, as `synth.kit.schedules.open_minutes` has them."""
        return open_minutes(self.schedule, milliseconds(self.duration) // 60_000)

    @property
    def identity(self) -> tuple[object, ...]:
        """What Argo CD tells windows of a project apart by (argo-cd
        pkg/apis/application/v1alpha1/types.go, HashIdentity, v3.2.6).
        """
        return self.kind, self.schedule, self.duration, self.time_zone, self.applications


def apart(windows: tuple[SyncWindow, ...]) -> tuple[SyncWindow, ...]:
    """A validator: Argo CD refuses a project with two windows that differ in `manualSync` alone."""
    for one, other in combinations(windows, 2):
        if one.identity == other.identity:
            raise ValueError(f"{one.name} and {other.name} say the same: keep one of the two")
    return windows


def _group(name: str) -> str:
    # argo-cd pkg/apis/application/v1alpha1/types.go, validateGroupName; a comma would end the policy.
    if not name or name != name.strip() or re.search(r'[",\n\r\t]', name):
        raise ValueError(
            f"{name!r} is not the name of a group: no spaces around it, no quotes and no commas"
        )
    return name


def _once(groups: tuple[str, ...]) -> tuple[str, ...]:
    if twice := sorted({group for group in groups if groups.count(group) > 1}):
        raise ValueError(f"{', '.join(twice)} is there twice: keep one")
    return groups


def _viewing(may: tuple[str, ...]) -> tuple[str, ...]:
    if "view" not in may:
        raise ValueError("nobody can do anything with what they do not see: add view")
    return may


class Role(Section):
    """What the members of groups may do with the Applications of a project."""

    name: Name
    groups: Annotated[
        tuple[Annotated[str, AfterValidator(_group)], ...],
        Field(min_length=1),
        AfterValidator(_once),
    ]
    """The groups, as the login names them."""
    may: Annotated[
        tuple[Literal["view", "logs", "sync", "restart"], ...], AfterValidator(_viewing)
    ] = ("view",)
    """`view`: see them and what they run; `logs`: read what pods say; `sync`: sync them, and end an
    operation; `restart`: restart Deployments, StatefulSets and DaemonSets."""


_MESSENGERS = frozenset({"slack", "email"})
Trigger = Literal["on-sync-failed", "on-sync-status-unknown", "on-health-degraded", "on-deployed"]
"""What people can be told of."""


def _recipient(name: str) -> str:
    if not name.strip() or ";" in name:
        raise ValueError(f"{name!r} is not one recipient: write each as an entry of its own")
    return name


class Subscription(Section):
    """Who is told when something happens to an Application of a project."""

    name: Name
    """What files that extend this one call it by."""
    triggers: Annotated[tuple[Trigger, ...], Field(min_length=1)]
    """`on-sync-failed`: a sync has failed, or failed again and again for some five minutes;
    `on-sync-status-unknown`: Argo CD cannot say what git wants; `on-health-degraded`: something that
    runs is not well; `on-deployed`: a commit has been synced and everything is well, once for each."""
    service: Name
    """`slack`, `email` or the name of a webhook, of gitops.argocd.notifications."""
    recipients: tuple[Annotated[str, AfterValidator(_recipient)], ...] = ()
    """Channels of Slack, or e-mail addresses; a webhook has none."""

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if (self.service in _MESSENGERS) != bool(self.recipients):
            raise ValueError(
                f"{self.service} tells nobody: write recipients"
                if self.service in _MESSENGERS
                else f"{self.service} is a webhook, which has no recipients: take them out"
            )
        return self


def recipients(subscriptions: Iterable[Subscription]) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Who is told, by trigger and service."""
    found: dict[tuple[str, str], set[str]] = {}
    for each in subscriptions:
        for trigger in each.triggers:
            found.setdefault((trigger, each.service), set()).update(each.recipients)
    return {key: tuple(sorted(found[key])) for key in sorted(found)}


def _secret_key(key: str) -> str:
    # notifications-engine pkg/api/config.go, keyPattern.
    if not re.fullmatch(r"[-\w]+", key, re.ASCII):
        raise ValueError(
            f"{key!r} is not a key of argocd-notifications-secret: letters, digits, '-' and '_'"
        )
    return key


NotificationsKey = Annotated[str, AfterValidator(_secret_key), Field(examples=["slack-token"])]
"""A key of the Secret argocd-notifications-secret, which comes from elsewhere."""


class SlackService(Section):
    """Messages in channels, by a Slack app."""

    token: NotificationsKey
    """Where the app's token is."""


class EmailService(Section):
    """Mails, by an SMTP server."""

    host: NonEmpty
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    sender: Annotated[NonEmpty, Field(alias="from")]
    """Whom mails come from."""
    username: NotificationsKey | None = None
    """Where the user's name is."""
    password: NotificationsKey | None = None
    """Where the password is."""

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password go together: write both or none")
        return self


def _short(name: str) -> str:
    # `subscribe.on-sync-status-unknown.<name>` has the 63 characters of an annotation's name.
    if len(name) > 30:
        raise ValueError(f"{name!r} is {len(name)} characters long, must be at most 30")
    return name


class WebhookService(Section):
    """A request with what happened as JSON: application, project, trigger, message."""

    name: Annotated[Name, AfterValidator(_short)]
    """What subscriptions call it, in the name of an annotation."""
    url: Annotated[NonEmpty, Field(pattern=r"^https?://[^\s$@{}]+$")]
    token: NotificationsKey | None = None
    """Where a token is that is shown as a bearer."""


class Services(Section):
    """How Argo CD tells people: keys of argocd-notifications-cm, the credentials by reference."""

    url: Annotated[NonEmpty, Field(pattern=r"^https?://[^\s$@{}]+[^\s$@{}/]$")] | None = None
    """Where people open Argo CD; without it messages have no link."""
    slack: SlackService | None = None
    email: EmailService | None = None
    webhooks: tuple[WebhookService, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What subscriptions call them."""
        fixed = {"slack": self.slack, "email": self.email}
        return (*(name for name, each in fixed.items() if each), *(e.name for e in self.webhooks))

    @model_validator(mode="after")
    def _told(self) -> Self:
        if not self.names:
            raise ValueError("tells nobody: write slack, email or webhooks")
        if _MESSENGERS & {each.name for each in self.webhooks}:
            raise ValueError("a webhook has a name of its own, other than slack and email")
        return self
