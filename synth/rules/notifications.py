"""Whether somebody is told of alerts, and whether every route is ever taken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from synth.config.environment import Environment
from synth.config.notifications import SEVERITIES, Notifications, Route, team_routes
from synth.config.observability import Observability
from synth.rules.findings import Finding

KEY = "observability.notifications"


def check_notifications(environment: Environment) -> Iterator[Finding]:
    """Findings about routes, and about alerts that none of them takes."""
    observability = environment.observability
    if observability and observability.notifications:
        yield from _sender(observability, observability.notifications)
        yield from _never_taken(environment, observability.notifications)
        yield from _told_nobody(environment, observability, observability.notifications)
    elif observability and (
        observability.platform or any(model.objectives for model in environment.models)
    ):
        yield Finding(
            "NT001", "warning", "observability",
            "nobody is told of alerts: add notifications, with via: elsewhere where somebody else "
            "configures Alertmanager or Grafana",
        )  # fmt: skip


def _sender(observability: Observability, notifications: Notifications) -> Iterator[Finding]:
    if notifications.via != "grafana":
        return
    if not observability.grafana:
        yield Finding(
            "NT002", "error", f"{KEY}.via",
            "there is no Grafana here to send anything: add observability.grafana, or take "
            "alertmanager",
        )  # fmt: skip
    if not notifications.contact_point:
        yield Finding(
            "NT003", "error", KEY,
            "Grafana tells somebody of every alert: say with contactPoint whom, where no route "
            "takes it",
        )  # fmt: skip


def _never_taken(environment: Environment, notifications: Notifications) -> Iterator[Finding]:
    routes = [(f"{KEY}.routes.{index}", each) for index, each in enumerate(notifications.routes)]
    routes += [
        (f"teams.{team}.contactPoint", route) for team, route in team_routes(environment.teams)
    ]
    earlier: list[Route] = []
    for key, route in routes:
        if _taken(route, earlier):
            yield Finding(
                "NT004", "error", key,
                "never tells anybody, since routes before it take all of its alerts: put it before "
                "them, give them continue, or take it out",
            )  # fmt: skip
        if not route.carry_on:
            earlier.append(route)


def _taken(route: Route, earlier: Sequence[Route]) -> bool:
    """Whether others take every alert that meets the route's conditions."""
    return all(
        any(each.takes({**route.conditions, "severity": severity}) for each in earlier)
        for severity in ([route.severity] if route.severity else SEVERITIES)
    )


def _told_nobody(
    environment: Environment, observability: Observability, notifications: Notifications
) -> Iterator[Finding]:
    if notifications.contact_point or notifications.via == "elsewhere":
        return
    routes = notifications.tree(environment.teams)
    for model in environment.models:
        labels = {"severity": observability.severity, "team": model.team, "model": model.name}
        if model.objectives and not any(route.takes(labels) for route in routes):
            yield Finding(
                "NT005", "warning", f"models.{model.name}.objectives",
                f"nobody is told when they are missed ({_said(labels)}): give team {model.team} a "
                f"contactPoint, or {KEY} a route or a contactPoint",
            )  # fmt: skip
    if observability.platform and not any(
        route.takes({"severity": observability.severity}) for route in routes
    ):
        yield Finding(
            "NT005", "warning", "observability.platform",
            "nobody is told of alerts on the platform, but for those that a route names: give "
            f"{KEY} a contactPoint",
        )  # fmt: skip


def _said(labels: dict[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in labels.items())
