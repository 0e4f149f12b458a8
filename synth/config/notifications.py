"""`observability.notifications:`: who is told of an alert, and how."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, Field, model_validator

from synth.config.base import (
    CONTACT_POINTS,
    Duration,
    Name,
    NonEmpty,
    Section,
    TeamName,
    refers_to,
)
from synth.config.containers import SecretKey
from synth.config.platform import Team
from synth.kit.quantities import milliseconds

MUTE_TIMES = "observability.notifications.muteTimes"

Severity = Literal["critical", "warning", "info"]
"""The label by which routes tell alerts apart."""
SEVERITIES: tuple[Severity, ...] = get_args(Severity)


def _address(address: str) -> str:
    if not re.fullmatch(r"[^@\s,;]+@[^@\s,;]+", address):
        raise ValueError(f"{address!r} is not an e-mail address")
    return address


def _smarthost(server: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.-]+:\d{1,5}", server):
        raise ValueError(f"{server!r} is not a mail server such as smtp.example.com:587")
    return server


def _url(url: str) -> str:
    if not re.fullmatch(r"https?://[^\s/@]+(/\S*)?", url):
        raise ValueError(
            f"{url!r} is not an address such as https://example.com/alerts; what proves who calls "
            "belongs into token"
        )
    return url


def _span(duration: str) -> str:
    # Prometheus' syntax, which both senders read.
    if not re.fullmatch(r"(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?", duration) or not milliseconds(
        duration
    ):
        raise ValueError(f"{duration} must be longer than nothing, the largest unit first: 1h30m")
    return duration


def _label(name: str) -> str:
    if not re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", name):
        raise ValueError(f"{name!r} is not a label of an alert such as model or alertname")
    return name


def _condition(name: str) -> str:
    if name in ("severity", "team"):
        raise ValueError(f"{name} is a key of the route itself: write it beside labels")
    return _label(name)


def _clock(time: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d|24:00", time):
        raise ValueError(f"{time!r} is not a time of day from 00:00 to 24:00")
    return time


GROUPING = frozenset({"group_by", "group_wait", "group_interval", "repeat_interval"})
"""The fields that say how alerts become messages, which both senders have by these names."""
Span = Annotated[Duration, AfterValidator(_span)]
"""A duration as Prometheus writes it."""
LabelName = Annotated[str, AfterValidator(_label)]
"""The name of an alert's label."""
Clock = Annotated[str, AfterValidator(_clock), Field(examples=["08:00", "24:00"])]
"""A time of day in UTC."""
ContactPointName = Annotated[str, refers_to(CONTACT_POINTS)]
"""The name of an entry of `contactPoints`."""


class Slack(Section):
    """A message in a channel, through an incoming webhook."""

    channel: NonEmpty
    """The channel: "#nlp"."""
    url: SecretKey
    """The webhook's address, which is its password as well."""


class PagerDuty(Section):
    """An incident, through the Events API v2."""

    routing_key: SecretKey
    """The integration key of the service."""


class Email(Section):
    """A mail. Grafana sends by its own server (grafana.ini, section smtp) and needs `to` alone."""

    to: Annotated[tuple[Annotated[str, AfterValidator(_address)], ...], Field(min_length=1)]
    sender: Annotated[str, AfterValidator(_address), Field(alias="from")]
    smarthost: Annotated[str, AfterValidator(_smarthost)]
    """The mail server and its port; it must speak TLS."""
    username: NonEmpty | None = None
    password: SecretKey | None = None

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password go together: write both or none")
        return self


class Webhook(Section):
    """A request with the alerts as JSON: another program, or a team's retraining loop."""

    url: Annotated[str, AfterValidator(_url)]
    token: SecretKey | None = None
    """What is shown as a bearer token."""


class ContactPoint(Section):
    """Someone who is told, in one way or several.

    Every Secret lies in the namespace of Prometheus; Grafana without its operator reads it from
    the file /etc/secrets/<name>/<key>.
    """

    name: Name
    slack: Slack | None = None
    pagerduty: PagerDuty | None = None
    email: Email | None = None
    webhook: Webhook | None = None

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not (self.slack or self.pagerduty or self.email or self.webhook):
            raise ValueError("tells nobody: write slack, pagerduty, email or webhook")
        return self


class Hours(Section):
    """A part of the day."""

    start: Annotated[Clock, Field(alias="from")]
    end: Annotated[Clock, Field(alias="to")]

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.start >= self.end:
            raise ValueError(
                f"ends at {self.end} before it begins: split what goes past midnight, "
                f"{{from: {self.start!r}, to: '24:00'}} and {{from: '00:00', to: {self.end!r}}}"
            )
        return self


Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class MuteTime(Section):
    """Hours in which nobody is told by the routes that name it, in UTC."""

    name: Name
    weekdays: tuple[Weekday, ...] = ()
    """Every day without it."""
    times: tuple[Hours, ...] = ()
    """The whole day without it."""

    @model_validator(mode="after")
    def _sometimes(self) -> Self:
        if not (self.weekdays or self.times):
            raise ValueError("never ends: write weekdays or times")
        return self


class Route(Section):
    """Who is told of which alerts: the first route whose conditions an alert meets takes it."""

    contact_point: ContactPointName
    severity: Severity | None = None
    team: TeamName | None = None
    labels: dict[Annotated[str, AfterValidator(_condition)], NonEmpty] = {}
    """Other labels that an alert must have: {component: kafka}, {model: sentiment}."""
    carry_on: Annotated[bool, Field(alias="continue")] = False
    """The routes after it are asked as well, and `contactPoint` in the end."""
    mute_times: tuple[Annotated[str, refers_to(MUTE_TIMES)], ...] = ()
    group_by: Annotated[tuple[LabelName, ...] | None, Field(min_length=1)] = None
    """These four count for the alerts of this route, in the place of those of all."""
    group_wait: Span | None = None
    group_interval: Span | None = None
    repeat_interval: Span | None = None

    @property
    def conditions(self) -> dict[str, str]:
        """The labels, by name, that an alert must have."""
        own = {"severity": self.severity, "team": self.team}
        return {**self.labels, **{name: value for name, value in own.items() if value}}

    def takes(self, labels: Mapping[str, str]) -> bool:
        """Whether an alert with these labels meets the conditions."""
        return self.conditions.items() <= labels.items()


class Notifications(Section):
    """Who is told of which alert. Routes are asked in their order, then each team's own contact
    point (`teams[].contactPoint`), and `contactPoint` in the end.
    """

    via: Literal["alertmanager", "grafana", "elsewhere"] = "alertmanager"
    """Who sends. Prometheus and Grafana evaluate the same alerts, and both would tell everyone
    twice. `elsewhere`: somebody else configures Alertmanager or Grafana, and nothing here does."""
    contact_points: tuple[ContactPoint, ...] = ()
    routes: tuple[Route, ...] = ()
    contact_point: ContactPointName | None = None
    """Who is told of what nobody else takes."""
    mute_times: tuple[MuteTime, ...] = ()
    group_by: Annotated[tuple[LabelName, ...], Field(min_length=1)] = ("alertname", "team")
    """Alerts that are alike in these labels come as one message."""
    group_wait: Span = "30s"
    """How long a first message waits for more alerts."""
    group_interval: Span = "5m"
    """How long the next message waits when further alerts join."""
    repeat_interval: Span = "4h"
    """How often a message is sent again while nothing changes."""

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if self.via != "elsewhere" and not self.contact_points:
            raise ValueError(
                "tells nobody: write contactPoints, or via: elsewhere where somebody else configures "
                "Alertmanager or Grafana"
            )
        return self

    def tree(self, teams: tuple[Team, ...]) -> tuple[Route, ...]:
        """All routes, in the order in which they are asked; what none of them takes goes to
        `contactPoint`.
        """
        routes = (*self.routes, *(route for _, route in team_routes(teams)))
        if self.contact_point and any(route.carry_on for route in routes):
            # Both senders ask the root only of what no route has taken, one with `continue` neither.
            return (*routes, Route(contact_point=self.contact_point))
        return routes


def team_routes(teams: tuple[Team, ...]) -> Iterator[tuple[str, Route]]:
    """The routes to the teams' own contact points, by the team's name."""
    for team in teams:
        if team.contact_point:
            yield team.name, Route(contact_point=team.contact_point, team=team.name)
