"""A team's Profile."""

from __future__ import annotations

from cdk8s import App, Chart

from synth.config.platform import Team
from synth.domains.platform import TeamProfile


def test_a_team_is_a_profile_and_never_a_namespace() -> None:
    quota = {"memory": "64Gi", "cpu": "20", "nvidia.com/gpu": "2", "requests.amd.com/gpu": "1"}
    team = Team(name="nlp", owner="nlp-lead@example.com", quota=quota)
    profile = TeamProfile(Chart(App(), "teams"), team)
    assert profile.key == "teams.nlp"
    assert profile.objects == (
        {
            "apiVersion": "kubeflow.org/v1beta1",
            "kind": "Profile",
            "metadata": {"name": "nlp"},
            "spec": {
                "owner": {"kind": "User", "name": "nlp-lead@example.com"},
                "resourceQuotaSpec": {
                    "hard": {
                        "cpu": "20",
                        "memory": "64Gi",
                        "requests.amd.com/gpu": "1",
                        "requests.nvidia.com/gpu": "2",
                    }
                },
            },
        },
    )


def test_a_team_without_a_quota_has_none() -> None:
    [body] = TeamProfile(Chart(App(), "teams"), Team(name="nlp", owner="a@example.com")).objects
    assert body["spec"] == {"owner": {"kind": "User", "name": "a@example.com"}}
