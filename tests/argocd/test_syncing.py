"""When Argo CD syncs, who may do what there, and who is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from synth.kit.objects import Body
from tests.argocd.examples import (
    REPOSITORY,
    ROLES,
    SERVICES,
    TEAMS,
    TOLD,
    WINDOWS,
    made,
    mistakes,
)
from tests.schemas import complaints

CRDS = "argo-cd-3.5.1.yaml"
MANUAL = {
    "kind": "deny",
    "schedule": "* * * * *",
    "duration": "24h",
    "applications": ["*"],
    "manualSync": True,
    "timeZone": "UTC",
    "description": "gitops.sync: manual",
}
WEEKEND = {
    "kind": "deny",
    "schedule": "0 18 * * 5",
    "duration": "60h",
    "applications": ["*"],
    "manualSync": True,
    "timeZone": "Europe/Berlin",
    "description": "weekend",
}
BY_DAY = {
    "kind": "allow",
    "schedule": "0 8 * * 1-5",
    "duration": "9h",
    "applications": ["dev-models"],
    "timeZone": "UTC",
    "description": "by-day",
}


def windows(body: Body) -> Any:
    return body["spec"].get("syncWindows", [])


def test_everything_of_argo_cds_own_fits_its_crds(tmp_path: Path) -> None:
    parts = ("  sync: manual\n", WINDOWS, ROLES, TOLD, SERVICES, TEAMS, REPOSITORY)
    bodies = made(tmp_path, *parts)
    own = [body for body in bodies.values() if body["apiVersion"] == "argoproj.io/v1alpha1"]
    assert len(own) == 9
    for body in own:
        assert complaints(CRDS, body) == []


def test_by_default_everything_syncs_by_itself(tmp_path: Path) -> None:
    bodies = made(tmp_path, TEAMS, REPOSITORY)
    assert not any(windows(body) for name, body in bodies.items() if name.startswith("AppProject"))


def test_the_kill_switch_is_one_window_of_each_project_that_runs_something(tmp_path: Path) -> None:
    before = made(tmp_path / "before", WINDOWS, TEAMS, REPOSITORY)
    after = made(tmp_path / "after", "  sync: manual\n", WINDOWS, TEAMS, REPOSITORY)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"AppProject dev", "AppProject dev-nlp"}
    for name in changed:
        assert windows(after[name]) == [MANUAL, *windows(before[name])]


def test_the_switch_itself_is_carried_to_argo_cd_all_the_same(tmp_path: Path) -> None:
    bodies = made(tmp_path, "  sync: manual\n", WINDOWS)
    for name in ("dev-bootstrap", "dev-root"):
        body = bodies[f"Application {name}"]
        assert body["spec"]["syncPolicy"]["automated"] == {"prune": True, "selfHeal": True}
        assert windows(bodies[f"AppProject {body['spec']['project']}"]) == []
    assert bodies["Application dev-bootstrap"]["spec"]["source"]["path"] == "argocd/dev"


def test_a_window_holds_for_applications_or_for_everything_teams_repositories_too(
    tmp_path: Path,
) -> None:
    bodies = made(tmp_path, WINDOWS, TEAMS, REPOSITORY)
    assert windows(bodies["AppProject dev"]) == [WEEKEND, BY_DAY]
    assert windows(bodies["AppProject dev-nlp"]) == [WEEKEND]


@pytest.mark.parametrize(
    ("window", "said"),
    [
        (
            'schedule: "@daily", duration: 1h',
            "schedule: '@daily' is a name, which windows of Argo CD do not read: write '0 0 * * *'",
        ),
        (
            "schedule: often, duration: 1h",
            "schedule: 'often' is not a schedule: five fields (minute, hour, day of the month, month, "
            "day of the week) such as '0 18 * * 5'",
        ),
        (
            'schedule: "0 24 * * *", duration: 1h',
            "schedule: '0 24 * * *' has the hour '24', must be within 0-23: a number, a-b, * or one of "
            "them with /n",
        ),
        (
            'schedule: "0 0 30 2 *", duration: 1h',
            "schedule: '0 0 30 2 *' never comes: no such month has that day",
        ),
        (
            'schedule: "0 0 * * *", duration: 2d',
            "duration: '2d' has days, which Argo CD does not read: write hours, such as 60h",
        ),
        (
            'schedule: "0 0 * * *", duration: 0h',
            "duration: '0h' must be whole minutes, one at least",
        ),
        (
            'schedule: "0 0 * * *", duration: 90s',
            "duration: '90s' must be whole minutes, one at least",
        ),
        (
            'schedule: "0 0 * * *", duration: 1h, timeZone: CET-ish',
            "timeZone: 'CET-ish' is not a time zone of the IANA database such as Europe/Paris",
        ),
    ],
)
def test_windows_that_argo_cd_does_not_read(tmp_path: Path, window: str, said: str) -> None:
    text = f"  syncWindows:\n    - {{name: night, kind: deny, {window}}}\n"
    [line] = mistakes(tmp_path, text)
    assert line.partition(": ")[2] == f"gitops.syncWindows.night.{said}"


def test_windows_that_argo_cd_cannot_tell_apart(tmp_path: Path) -> None:
    night = 'kind: deny, schedule: "0 0 * * *", duration: 1h'
    text = (
        f"  syncWindows: [{{name: night, {night}}}, {{name: dark, {night}, manualSync: true}},\n"
        f"    {{name: other, {night}, applications: [models]}}]\n"
    )
    assert mistakes(tmp_path, text) == [
        "5:3: gitops.syncWindows: night and dark say the same: keep one of the two"
    ]


def test_a_role_may_do_exactly_what_it_says_in_its_project_alone(tmp_path: Path) -> None:
    operators, auditors = made(tmp_path, ROLES)["AppProject dev"]["spec"]["roles"]
    subject = "p, proj:dev:operators"
    assert operators == {
        "name": "operators",
        "groups": ["ml-platform", "on-call"],
        "policies": [
            f"{subject}, applications, get, dev/*, allow",
            f"{subject}, applicationsets, get, dev/*, allow",
            f"{subject}, logs, get, dev/*, allow",
            f"{subject}, applications, sync, dev/*, allow",
            f"{subject}, applications, action/apps/DaemonSet/restart, dev/*, allow",
            f"{subject}, applications, action/apps/Deployment/restart, dev/*, allow",
            f"{subject}, applications, action/apps/StatefulSet/restart, dev/*, allow",
        ],
    }
    assert auditors == {
        "name": "auditors",
        "groups": ["audit"],
        "policies": [
            "p, proj:dev:auditors, applications, get, dev/*, allow",
            "p, proj:dev:auditors, applicationsets, get, dev/*, allow",
        ],
    }


@pytest.mark.parametrize(
    ("role", "said"),
    [
        ("groups: [a, b, a]", "groups: a is there twice: keep one"),
        ("groups: []", "groups: must have 1 or more entries, not 0"),
        (
            "groups: ['a, role:admin']",
            "groups[0]: 'a, role:admin' is not the name of a group: no spaces around it, no quotes and "
            "no commas",
        ),
        (
            "groups: [a], may: [sync]",
            "may: nobody can do anything with what they do not see: add view",
        ),
        ("groups: [a], may: ['*']", "may[0]: must be 'view', 'logs', 'sync' or 'restart', not '*'"),
    ],
)
def test_roles_that_nobody_can_have(tmp_path: Path, role: str, said: str) -> None:
    [line] = mistakes(tmp_path, f"  roles: [{{name: ours, {role}}}]\n")
    assert line.partition(": ")[2] == f"gitops.roles.ours.{said}"


def test_who_is_told_is_said_in_the_projects(tmp_path: Path) -> None:
    bodies = made(tmp_path, TOLD, SERVICES)
    prefix = "notifications.argoproj.io/subscribe"
    for name in ("dev", "dev-gitops"):
        assert bodies[f"AppProject {name}"]["metadata"]["annotations"] == {
            f"{prefix}.on-deployed.deployments": "",
            f"{prefix}.on-health-degraded.slack": "platform",
            f"{prefix}.on-sync-failed.email": "a@example.com;b@example.com",
            f"{prefix}.on-sync-failed.slack": "on-call;platform",
            f"{prefix}.on-sync-status-unknown.slack": "platform",
        }
    assert "annotations" not in bodies["AppProject kfsynth-settings"]["metadata"]


def test_the_settings_of_notifications_are_ours_alone_and_hold_no_credential(
    tmp_path: Path,
) -> None:
    body = made(tmp_path, SERVICES)["ConfigMap argocd-notifications-cm"]
    assert body["metadata"]["annotations"] == {
        "argocd.argoproj.io/sync-options": "ServerSideApply=true,Prune=false,Delete=false"
    }
    assert {key.partition(".")[0] for key in body["data"]} == {"service", "template", "trigger"}
    data = {key: json.loads(text) for key, text in body["data"].items()}
    assert data["service.slack"] == {"token": "$slack-token"}
    assert data["service.email"] == {
        "host": "smtp.example.com",
        "port": 587,
        "from": "argocd@example.com",
        "username": "$email-user",
        "password": "$email-password",
    }
    assert data["service.webhook.deployments"] == {
        "url": "https://hooks.example.com/deployed",
        "headers": [
            {"name": "Content-Type", "value": "application/json"},
            {"name": "Authorization", "value": "Bearer $hook-token"},
        ],
    }


def test_without_services_there_are_no_settings_of_notifications(tmp_path: Path) -> None:
    assert "ConfigMap argocd-notifications-cm" not in made(tmp_path)


@pytest.mark.parametrize(
    ("services", "said"),
    [
        ("{}", ": tells nobody: write slack, email or webhooks"),
        (
            "{slack: {token: xoxb-1 2}}",
            ".slack.token: 'xoxb-1 2' is not a key of argocd-notifications-secret: letters, digits, "
            "'-' and '_'",
        ),
        (
            "{email: {host: smtp.example.com, from: a@example.com, password: key}}",
            ".email: username and password go together: write both or none",
        ),
        (
            '{webhooks: [{name: slack, url: "https://hooks.example.com"}]}',
            ": a webhook has a name of its own, other than slack and email",
        ),
        (
            f'{{webhooks: [{{name: {"a" * 31}, url: "https://hooks.example.com"}}]}}',
            f".webhooks.{'a' * 31}.name: '{'a' * 31}' is 31 characters long, must be at most 30",
        ),
    ],
)
def test_services_that_tell_nobody(tmp_path: Path, services: str, said: str) -> None:
    [line] = mistakes(tmp_path, f"  argocd: {{notifications: {services}}}\n")
    assert line.partition(": ")[2] == f"gitops.argocd.notifications{said}"


@pytest.mark.parametrize(
    ("subscription", "said"),
    [
        ("service: slack", ": slack tells nobody: write recipients"),
        (
            "service: hook, recipients: [a]",
            ": hook is a webhook, which has no recipients: take them out",
        ),
        (
            "service: slack, recipients: ['a;b']",
            ".recipients[0]: 'a;b' is not one recipient: write each as an entry of its own",
        ),
    ],
)
def test_subscriptions_of_nobody(tmp_path: Path, subscription: str, said: str) -> None:
    text = f"  notifications: [{{name: x, triggers: [on-deployed], {subscription}}}]\n"
    [line] = mistakes(tmp_path, text)
    assert line.partition(": ")[2] == f"gitops.notifications.x{said}"
