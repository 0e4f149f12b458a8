"""What lies in a team's namespace for all that runs there.

Apart from the Profiles, in an Application of a later wave: the namespace is there once the profile
controller has seen the Profile, and one Profile that is held up holds up no other team's objects.
"""

from __future__ import annotations

from collections.abc import Iterable

from constructs import Construct

from synth.config.platform import Team
from synth.domains.platform.contributors import contributors
from synth.domains.platform.pods import limit_range, pod_default, pull_secrets
from synth.kit.construct import Manifests
from synth.kit.objects import Body
from synth.kit.secrets import Provider


class TeamNamespace(Construct):
    """Contributors, limits, PodDefaults and pull secrets of a team; if it is isolated, the NetworkPolicies
    of its pods.
    """

    def __init__(
        self, scope: Construct, team: Team, *, store: Provider, isolation: Iterable[Body]
    ) -> None:
        super().__init__(scope, team.name)
        key = f"teams.{team.name}"
        if team.contributors:
            Manifests(self, "contributors", contributors(team), key=f"{key}.contributors")
        if team.limits:
            Manifests(self, "limits", [limit_range(team, team.limits)], key=f"{key}.limits")
        for each in team.pod_defaults:
            path = f"podDefaults.{each.name}"
            Manifests(self, path, [pod_default(team, each)], key=f"{key}.{path}")
        if team.image_pull_secrets:
            Manifests(
                self,
                "imagePullSecrets",
                pull_secrets(team.image_pull_secrets, team, store),
                key=f"{key}.imagePullSecrets",
            )
        if team.isolated:
            Manifests(self, "isolated", isolation, key=f"{key}.isolated")
