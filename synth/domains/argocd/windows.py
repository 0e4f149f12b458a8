"""When Argo CD may sync the Applications of a project.

Source: argoproj/argo-cd pkg/apis/application/v1alpha1/types.go (SyncWindows) and controller/sync.go
(syncWindowPreventsSync) at v3.2.6.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from synth.config.gitops import Gitops
from synth.config.syncing import SyncWindow
from synth.kit.application import application_name

# In the project and not in each Application (`automated.enabled`): it holds at once, and for operations
# that have begun, which are retried without limit; it comes and goes with the bootstrap Application,
# which has no waves. The root Application would wait in a wave for what must not sync to become healthy.
_MANUAL = {
    "kind": "deny",
    "schedule": "* * * * *",
    "duration": "24h",
    "applications": ["*"],
    "manualSync": True,
    "timeZone": "UTC",
    "description": "gitops.sync: manual",
}


def sync_windows(environment: str, gitops: Gitops) -> list[dict[str, Any]]:
    """Those of the environment's project."""
    return _written(environment, gitops, gitops.sync_windows)


def sync_windows_of_teams(environment: str, gitops: Gitops) -> list[dict[str, Any]]:
    """Those of the projects of teams' repositories: what holds for everything in the environment."""
    whole = (each for each in gitops.sync_windows if not each.applications)
    return _written(environment, gitops, whole)


def _written(
    environment: str, gitops: Gitops, windows: Iterable[SyncWindow]
) -> list[dict[str, Any]]:
    manual = [_MANUAL] if gitops.sync == "manual" else []
    return manual + [_window(environment, each) for each in windows]


def _window(environment: str, window: SyncWindow) -> dict[str, Any]:
    names = [application_name(environment, name) for name in window.applications]
    return {
        "kind": window.kind,
        "schedule": window.schedule,
        "duration": window.duration,
        "applications": names or ["*"],
        **({"manualSync": True} if window.manual_sync else {}),
        "timeZone": window.time_zone,
        "description": window.name,
    }
