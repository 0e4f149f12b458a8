"""What the rules say of when Argo CD syncs, and of whom it tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth.rules.findings import Finding
from synth.rules.gitops import check_gitops
from tests.argocd.examples import REPOSITORY, ROLES, START, TEAMS, TOLD, WINDOWS
from tests.config import written
from tests.repository import Repository

KNOWN = frozenset({"models", "mlflow"})
DARK = '    - {name: dark, kind: deny, schedule: "0 %s * * *", duration: %s}\n'
BY_NIGHT = DARK % ("20", "12h")


def findings(folder: Path, *parts: str, unhealed: frozenset[str] = frozenset()) -> list[Finding]:
    environment = written.loaded(folder, START + "".join(parts)).environment
    return list(check_gitops(environment, KNOWN, unhealed))


def test_windows_that_let_something_through(tmp_path: Path) -> None:
    assert findings(tmp_path, WINDOWS, BY_NIGHT) == []


def test_a_window_is_for_applications_that_are_there(tmp_path: Path) -> None:
    assert findings(tmp_path, WINDOWS.replace("[models]", "[modells]")) == [
        Finding(
            "AC001", "error", "gitops.syncWindows.by-day.applications",
            "there is no application 'modells' (there: mlflow, models)",
        )
    ]  # fmt: skip


def test_applications_that_are_there_or_retire_are_known_to_a_build(tmp_path: Path) -> None:
    folder = tmp_path / "repository/environments"
    folder.mkdir(parents=True)
    text = START + WINDOWS.replace("[models]", "[teams, mlflow, logs]")
    text += "teams: [{name: nlp, owner: nlp@example.com}]\n"
    text += "retired: [{name: mlflow, kind: application, namespaces: [mlflow]}]\n"
    (folder / "dev.yaml").write_text(text)
    assert Repository(tmp_path).synth("validate").stdout.splitlines() == [
        "error AC001: environments/dev.yaml:12:74: gitops.syncWindows.by-day.applications: there is no "
        "application 'logs' (there: mlflow, teams)"
    ]


@pytest.mark.parametrize(
    ("windows", "first", "names"),
    [
        (DARK % ("0", "24h"), "dark", "dark leaves"),
        (BY_NIGHT + DARK.replace("dark", "bright") % ("8", "12h"), "dark", "dark, bright leave"),
    ],
)
def test_windows_that_leave_no_minute(tmp_path: Path, windows: str, first: str, names: str) -> None:
    assert findings(tmp_path, f"  syncWindows:\n{windows}") == [
        Finding(
            "AC002", "error", f"gitops.syncWindows.{first}",
            f"nothing is ever synced for anything: {names} no minute; shorten one, or say gitops.sync: "
            "manual",
        )
    ]  # fmt: skip


def test_windows_that_leave_no_minute_to_one_application(tmp_path: Path) -> None:
    noon = DARK.replace("dark", "noon").replace("}", ", applications: [models]}") % ("8", "12h")
    assert findings(tmp_path, f"  syncWindows:\n{BY_NIGHT}{noon}") == [
        Finding(
            "AC002", "error", "gitops.syncWindows.dark",
            "nothing is ever synced for models: dark, noon leave no minute; shorten one, or say "
            "gitops.sync: manual",
        )
    ]  # fmt: skip


def test_a_minute_is_enough(tmp_path: Path) -> None:
    assert findings(tmp_path, "  syncWindows:\n", DARK % ("0", "23h59m")) == []


ALLOW = '    - {name: early, kind: allow, schedule: "30 21 * * 1-5", duration: 90m%s}\n'


def test_a_window_that_others_close_never_lets_anything_through(tmp_path: Path) -> None:
    assert findings(tmp_path, "  syncWindows:\n", BY_NIGHT, ALLOW % "") == [
        Finding(
            "AC003", "error", "gitops.syncWindows.early",
            "never lets anything through: dark deny all of its time; move it, or take it out",
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    "windows",
    [
        DARK % ("20", "2h") + ALLOW % "",
        BY_NIGHT.replace("}", ", applications: [models]}") + ALLOW % "",
        BY_NIGHT.replace("}", ", applications: [models]}")
        + ALLOW % ", applications: [models, mlflow]",
        # By another clock nobody can say it for the whole year.
        BY_NIGHT + ALLOW % ", timeZone: Europe/Berlin",
    ],
)
def test_a_window_that_others_close_in_part(tmp_path: Path, windows: str) -> None:
    assert findings(tmp_path, f"  syncWindows:\n{windows}") == []


@pytest.mark.parametrize(
    ("text", "key"),
    [("  sync: manual\n", "gitops.sync"), (WINDOWS, "gitops.syncWindows")],
)
def test_a_commit_may_stay_behind_in_what_argo_cd_does_not_heal(
    tmp_path: Path, text: str, key: str
) -> None:
    assert findings(tmp_path / "a", text, unhealed=frozenset({"models"})) == [
        Finding(
            "AC004", "warning", key,
            "Argo CD leaves alone what others change in models (policy.directChanges), and with it a "
            "commit that comes while nothing may be synced: sync it by hand afterwards",
        )
    ]  # fmt: skip
    assert findings(tmp_path / "b", unhealed=frozenset({"models"})) == []


def test_whoever_is_told_is_told_by_a_service_that_is_there(tmp_path: Path) -> None:
    slack = "  argocd: {notifications: {slack: {token: slack-token}}}\n"
    team = "      notifications: [{name: x, triggers: [on-deployed], service: hook}]\n"
    told = TOLD.replace("slack", "email").replace("deployments", "email, recipients: [a@b.example]")
    found = findings(tmp_path / "none", told, TEAMS, REPOSITORY, team)
    assert len(found) == 5
    assert found[-1] == Finding(
        "AC005", "error", "teams.nlp.repository.notifications.x.service",
        "Argo CD has no hook to tell anybody by (has: none): add it to gitops.argocd.notifications",
    )  # fmt: skip
    assert findings(tmp_path / "slack", slack, TOLD) == [
        Finding(
            "AC005", "error", f"gitops.notifications.{name}.service",
            f"Argo CD has no {service} to tell anybody by (has: slack): add it to "
            "gitops.argocd.notifications",
        )
        for name, service in (("mails", "email"), ("record", "deployments"))
    ]  # fmt: skip


def test_environments_differ_in_when_they_sync_but_not_in_what_argo_cd_tells_by(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "repository/environments"
    folder.mkdir(parents=True)
    slack = "  argocd: {notifications: {slack: {token: slack-token}}}\n"
    told = TOLD.partition("    - {name: mails")[0]
    for name, more in (("dev", ""), ("prod", f"  sync: manual\n{WINDOWS}{ROLES}{told}")):
        text = START.replace("name: dev", f"name: {name}").replace("prod.k8s", f"{name}.k8s")
        text += slack + more.replace(", applications: [models]", "")
        (folder / f"{name}.yaml").write_text(text)
    repository = Repository(tmp_path)
    repository.build()
    repository.edit("environments/prod.yaml", "slack-token", "other-token")
    assert repository.synth("build").stderr == (
        "environments/prod.yaml:3:1: gitops: differs from dev's (environments/dev.yaml:3:1), and they "
        "share argocd/settings: say the same in both\n"
        "`synth docs configuration#gitops` has every key of gitops\n"
    )
