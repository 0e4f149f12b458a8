"""Whether Argo CD gets to sync at all, and whether people hear of what happens."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from synth.config.environment import Environment
from synth.config.gitops import Gitops
from synth.config.syncing import Subscription, SyncWindow
from synth.kit.schedules import ALWAYS
from synth.rules.findings import Finding

_WINDOWS = "gitops.syncWindows"
_REST = ""
"""Stands for every application that no window names."""


def check_gitops(
    environment: Environment, known: Collection[str], unhealed: Collection[str]
) -> Iterator[Finding]:
    """Findings about `gitops` and teams' repositories.

    `known` are the applications that the environment has or retires, `unhealed` those of which Argo
    CD leaves alone what others change.
    """
    gitops = environment.gitops
    for window in gitops.sync_windows:
        for name in window.applications:
            if name not in known:
                there = ", ".join(sorted(known))
                yield Finding(
                    "AC001", "error", f"{_WINDOWS}.{window.name}.applications",
                    f"there is no application {name!r} (there: {there})",
                )  # fmt: skip
    yield from _closed(gitops.sync_windows)
    yield from _left_behind(gitops, unhealed)
    yield from _unheard(environment)


def _closed(windows: Collection[SyncWindow]) -> Iterator[Finding]:
    denying = [each for each in windows if each.kind == "deny"]
    named = {name for each in windows for name in each.applications}
    for name in sorted({_REST, *named}):
        holding = [each for each in denying if each.holds_for(name)]
        if any(_denied(holding, zone) == ALWAYS for zone in {each.time_zone for each in holding}):
            what = f"for {name}" if name else "for anything"
            leave = "leaves" if len(holding) == 1 else "leave"
            yield Finding(
                "AC002", "error", f"{_WINDOWS}.{holding[0].name}",
                f"nothing is ever synced {what}: {_listed(holding)} {leave} no minute; shorten one, or "
                "say gitops.sync: manual",
            )  # fmt: skip
            return
    for window in windows:
        if window.kind == "allow":
            within = [
                [each for each in denying if each.holds_for(name)]
                for name in window.applications or (_REST,)
            ]
            if all(not window.minutes & ~_denied(each, window.time_zone) for each in within):
                yield Finding(
                    "AC003", "error", f"{_WINDOWS}.{window.name}",
                    f"never lets anything through: {_listed(within[0])} deny all of its time; move "
                    "it, or take it out",
                )  # fmt: skip


def _denied(windows: Iterable[SyncWindow], zone: str) -> int:
    """The minutes in which one of them is open, by the clock of a time zone. Those by other clocks
    are left out: clocks change.
    """
    found = 0
    for each in windows:
        if each.time_zone == zone:
            found |= each.minutes
    return found


def _listed(windows: Iterable[SyncWindow]) -> str:
    return ", ".join(each.name for each in windows)


def _left_behind(gitops: Gitops, unhealed: Collection[str]) -> Iterator[Finding]:
    for name in sorted(unhealed):
        held = gitops.sync == "manual" or any(e.holds_for(name) for e in gitops.sync_windows)
        if held:
            yield Finding(
                "AC004", "warning", "gitops.sync" if gitops.sync == "manual" else _WINDOWS,
                f"Argo CD leaves alone what others change in {name} (policy.directChanges), and with "
                "it a commit that comes while nothing may be synced: sync it by hand afterwards",
            )  # fmt: skip


def _unheard(environment: Environment) -> Iterator[Finding]:
    services = environment.gitops.argocd.notifications
    known = services.names if services else ()
    for key, subscription in _subscriptions(environment):
        if subscription.service not in known:
            yield Finding(
                "AC005", "error", f"{key}.{subscription.name}.service",
                f"Argo CD has no {subscription.service} to tell anybody by (has: "
                f"{', '.join(known) or 'none'}): add it to gitops.argocd.notifications",
            )  # fmt: skip


def _subscriptions(environment: Environment) -> Iterator[tuple[str, Subscription]]:
    """Every one, with the list that it is in."""
    for each in environment.gitops.notifications:
        yield "gitops.notifications", each
    for team in environment.teams:
        if team.repository:
            for each in team.repository.notifications:
                yield f"teams.{team.name}.repository.notifications", each
