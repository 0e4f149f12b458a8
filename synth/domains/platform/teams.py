"""A team's Profile. The profile controller makes its Namespace; an own one would break it.

Source: kubeflow/kubeflow components/profile-controller/controllers/profile_controller.go, v1.10.0.
"""

from __future__ import annotations

from typing import Any

from constructs import Construct

from synth.config.platform import Team
from synth.kit.construct import Manifests
from synth.kit.objects import Body, manifest


class TeamProfile(Manifests):
    """The Profile of a team, with its owner and quota."""

    def __init__(self, scope: Construct, team: Team) -> None:
        super().__init__(scope, team.name, [_profile(team)], key=f"teams.{team.name}")


def _profile(team: Team) -> Body:
    spec: dict[str, Any] = {"owner": {"kind": "User", "name": team.owner}}
    if team.quota:
        spec["resourceQuotaSpec"] = {"hard": dict(sorted(team.quota.items()))}
    # v1beta1 is what every release of kubeflow/manifests writes.
    return manifest("kubeflow.org/v1beta1", "Profile", team.name, spec=spec)
