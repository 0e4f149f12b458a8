"""What Argo CD's own code makes of it (`make test-gitops`)."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from synth.config.repository import KINDS, REFUSED
from synth.kit.objects import Body
from tests.argocd.examples import REPOSITORY, ROLES, SERVER, SERVICES, TEAMS, TOLD, WINDOWS, made
from tests.events.programs import program

pytestmark = pytest.mark.gitops
ALWAYS = '    - {name: now, kind: %s, schedule: "* * * * *", duration: 5m%s}\n'
SECRET = {
    "slack-token": "xoxb-1",
    "email-user": "argocd",
    "email-password": "p",
    "hook-token": "t",
}
REVISION = "8f1d2c3b4a5968778695a4b3c2d1e0f908172635"


def answer(question: str, **given: Any) -> Any:
    """What Argo CD says."""
    done = subprocess.run(
        [program("argocd-judge"), question],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def application(name: str, project: str) -> Body:
    destination = {"server": SERVER, "namespace": "nlp"}
    return {"metadata": {"name": name}, "spec": {"project": project, "destination": destination}}


def syncs(project: Body, *names: str) -> dict[str, tuple[bool, bool]]:
    """Whether it is synced now: by itself, by hand."""
    applications = [application(name, project["metadata"]["name"]) for name in names]
    verdict = answer("project", project=project, applications=applications)
    assert verdict["refused"] == ""
    return {name: (said["automatic"], said["manual"]) for name, said in verdict["syncs"].items()}


def test_every_project_is_valid(tmp_path: Path) -> None:
    parts = ("  sync: manual\n", WINDOWS, ROLES, TOLD, SERVICES, TEAMS, REPOSITORY)
    roles = ROLES.replace("    ", "        ").replace("  roles", "      roles", 1)
    bodies = made(tmp_path, *parts, roles)
    projects = [body for body in bodies.values() if body["kind"] == "AppProject"]
    assert len(projects) == 4
    for body in projects:
        assert answer("project", project=body)["refused"] == ""


def test_what_is_refused_here_is_refused_there(tmp_path: Path) -> None:
    project = made(tmp_path, WINDOWS, ROLES)["AppProject dev"]
    spec = project["spec"]
    weekend, by_day = spec["syncWindows"]
    for wrong in (
        {"syncWindows": [{**weekend, "schedule": "@daily"}]},
        {"syncWindows": [{**weekend, "schedule": "0 0 * * 7"}]},
        {"syncWindows": [{**weekend, "duration": "2d"}]},
        {"syncWindows": [weekend, by_day, {**weekend, "manualSync": False}]},
        {"roles": [{**spec["roles"][0], "groups": ["a, role:admin"]}]},
        {"roles": [{**spec["roles"][0], "groups": ["a", "a"]}]},
    ):
        assert answer("project", project={**project, "spec": {**spec, **wrong}})["refused"]


def test_the_kill_switch_leaves_syncs_to_people(tmp_path: Path) -> None:
    allowing = f"  syncWindows:\n{ALWAYS % ('allow', ', applications: [models]')}"
    parts = (allowing, TEAMS, REPOSITORY)
    before = made(tmp_path / "before", *parts)
    after = made(tmp_path / "after", "  sync: manual\n", *parts)
    for name, applications in (
        ("dev", ["dev-models", "dev-mlflow"]),
        ("dev-nlp", ["dev-nlp.web"]),
    ):
        project = f"AppProject {name}"
        assert set(syncs(before[project], *applications).values()) == {(True, True)}
        assert set(syncs(after[project], *applications).values()) == {(False, True)}
    gitops = syncs(after["AppProject dev-gitops"], "dev-bootstrap", "dev-root")
    assert set(gitops.values()) == {(True, True)}


@pytest.mark.parametrize(
    ("kind", "more", "models", "others"),
    [
        ("deny", "", (False, False), (False, False)),
        ("deny", ", manualSync: true", (False, True), (False, True)),
        ("deny", ", applications: [models]", (False, False), (True, True)),
        ("allow", "", (True, True), (True, True)),
    ],
)
def test_a_window_that_is_open(
    tmp_path: Path, kind: str, more: str, models: tuple[bool, bool], others: tuple[bool, bool]
) -> None:
    project = made(tmp_path, f"  syncWindows:\n{ALWAYS % (kind, more)}")["AppProject dev"]
    assert syncs(project, "dev-models", "dev-mlflow") == {
        "dev-models": models,
        "dev-mlflow": others,
    }


def test_a_window_that_is_closed_allows_nothing(tmp_path: Path) -> None:
    window = (
        '    - {name: once, kind: allow, schedule: "0 3 29 2 *", duration: 1m, '
        "applications: [models]}\n"
    )
    project = made(tmp_path, f"  syncWindows:\n{window}")["AppProject dev"]
    assert syncs(project, "dev-models", "dev-mlflow") == {
        "dev-models": (False, False),
        "dev-mlflow": (True, True),
    }


def test_a_role_may_do_what_it_says_and_nothing_else(tmp_path: Path) -> None:
    project = made(tmp_path, ROLES)["AppProject dev"]
    may = {
        ("applications", "get"): ("operators", "auditors"),
        ("applicationsets", "get"): ("operators", "auditors"),
        ("logs", "get"): ("operators",),
        ("applications", "sync"): ("operators",),
        ("applications", "action/apps/Deployment/restart"): ("operators",),
        ("applications", "action/apps/StatefulSet/restart"): ("operators",),
        ("applications", "action/argoproj.io/CronWorkflow/create-workflow"): (),
        ("applications", "override"): (),
        ("applications", "update"): (),
        ("applications", "delete"): (),
        ("applications", "delete/apps/Deployment/nlp/sentiment"): (),
        ("applications", "create"): (),
        ("exec", "create"): (),
        ("repositories", "get"): (),
    }
    groups = {"operators": "on-call", "auditors": "audit"}
    requests = [
        (subject, resource, action, f"{where}/dev-models")
        for resource, action in may
        for role in groups
        for subject in (f"proj:dev:{role}", groups[role])
        for where in ("dev", "staging")
    ]
    allowed = answer("role", project=project, requests=requests)
    assert allowed == [
        where == "dev/dev-models"
        and any(subject in (f"proj:dev:{role}", groups[role]) for role in may[resource, action])
        for subject, resource, action, where in requests
    ]


def test_a_teams_project_permits_its_repository_and_nothing_that_widens(tmp_path: Path) -> None:
    kinds = [*KINDS, *REFUSED]
    bodies = made(tmp_path, TEAMS, REPOSITORY)
    given = [
        {"kind": kind, "group": group, "namespaced": True}
        for kind, _, group in (each.partition(".") for each in kinds)
    ]
    given += [
        {"kind": "ClusterRole", "group": "rbac.authorization.k8s.io", "namespaced": False},
        {"kind": "Namespace", "group": "", "namespaced": False},
        {"kind": "Profile", "group": "kubeflow.org", "namespaced": False},
    ]
    said = answer(
        "permitted",
        project=bodies["AppProject dev-nlp"],
        sources=[
            "https://git.example.com/nlp/deploy.git",
            "https://git.example.com/ml/platform.git",
            "https://git.example.com/nlp/deploy2.git",
        ],
        destinations=[
            {"server": SERVER, "namespace": "nlp"},
            {"server": SERVER, "namespace": "ads"},
            {"server": SERVER, "namespace": ""},
            {"server": "https://kubernetes.default.svc", "namespace": "nlp"},
        ],
        kinds=given,
    )
    assert said["sources"] == [True, False, False]
    assert said["destinations"] == [True, False, False, False]
    assert said["kinds"] == [each in KINDS for each in kinds] + [False] * 3


@pytest.mark.parametrize("kind", ["team", "repository"])
def test_a_project_that_retires_permits_no_source(tmp_path: Path, kind: str) -> None:
    project = made(tmp_path, f"retired: [{{name: nlp, kind: {kind}}}]\n")["AppProject dev-nlp"]
    sources = ["https://git.example.com/nlp/deploy.git", ""]
    assert answer("project", project=project)["refused"] == ""
    assert answer("permitted", project=project, sources=sources)["sources"] == [False, False]


def test_every_folder_is_an_application_whose_project_and_place_it_cannot_choose(
    tmp_path: Path,
) -> None:
    bodies = made(tmp_path, TEAMS, REPOSITORY)
    long = "a" * 62 + "-b"
    names = {
        "web": "web",
        "Batch_Jobs": "batch-jobs",
        "v1.2": "v1.2",
        "{{ .path.path }}": "path.path",
        long: "a" * 62,
    }
    made_here = answer(
        "set",
        applicationSet=bodies["ApplicationSet dev-nlp"],
        project=bodies["AppProject dev-nlp"],
        folders=[
            *(f"clusters/dev/{name}" for name in names),
            "clusters/dev",
            "clusters/dev/web/deeper",
            "clusters/prod/web",
            "elsewhere",
        ],
    )
    found = {each["spec"]["source"]["path"]: each for each in made_here}
    assert {path.removeprefix("clusters/dev/") for path in found} == {*names}
    for folder, name in names.items():
        each = found[f"clusters/dev/{folder}"]
        metadata = each["metadata"]
        assert metadata["name"] == f"dev-nlp.{name}"
        assert metadata["namespace"] == "argocd"
        assert "finalizers" not in metadata
        assert each["spec"]["project"] == "dev-nlp"
        assert each["spec"]["destination"] == {"server": SERVER, "namespace": "nlp"}
        assert each["spec"]["source"] == {
            "repoURL": "https://git.example.com/nlp/deploy.git",
            "targetRevision": "main",
            "path": f"clusters/dev/{folder}",
        }
        assert each["spec"]["syncPolicy"]["automated"] == {"prune": True, "selfHeal": True}


def status(
    phase: str = "", retries: int = 0, sync: str = "Synced", health: str = "Healthy"
) -> dict[str, Any]:
    """Of an Application after an operation."""
    operation = {"phase": phase, "message": "one or more objects failed to apply"}
    return {
        "operationState": {**operation, **({"retryCount": retries} if retries else {})},
        "sync": {"status": sync, "revision": REVISION},
        "health": {"status": health},
    }


FAILED = "dev-models could not be synced: one or more objects failed to apply"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (None, {}),
        ({}, {}),
        (status("Running"), {}),
        (status("Running", 4, "OutOfSync", "Progressing"), {}),
        (status("Running", 5, "OutOfSync", "Progressing"), {"on-sync-failed": FAILED}),
        (status("Failed", sync="OutOfSync"), {"on-sync-failed": FAILED}),
        (status("Error", sync="OutOfSync"), {"on-sync-failed": FAILED}),
        (status("Succeeded", health="Degraded"), {"on-health-degraded": "dev-models is degraded"}),
        (status("Succeeded", health="Progressing"), {}),
        (
            status("Succeeded"),
            {"on-deployed": f"dev-models is synced to {REVISION} and healthy"},
        ),
        (
            {
                "sync": {"status": "Unknown"},
                "conditions": [{"type": "ComparisonError", "message": "no such path"}],
            },
            {"on-sync-status-unknown": "dev-models cannot be compared with git: no such path"},
        ),
    ],
)
def test_who_is_told_of_what(
    tmp_path: Path, given: dict[str, Any] | None, told: dict[str, str]
) -> None:
    bodies = made(tmp_path, TOLD, SERVICES)
    app = application("dev-models", "dev") | ({} if given is None else {"status": given})
    [said] = answer(
        "notifications",
        configMap=bodies["ConfigMap argocd-notifications-cm"],
        secret=SECRET,
        project=bodies["AppProject dev"],
        applications=[app],
    )
    link = "\nhttps://argocd.example.com/applications/argocd/dev-models"
    assert {trigger: each["text"]["message"] for trigger, each in said.items()} == {
        trigger: text + link for trigger, text in told.items()
    }
    who = {
        "on-sync-failed": {
            "slack:platform",
            "slack:on-call",
            "email:a@example.com",
            "email:b@example.com",
        },
        "on-health-degraded": {"slack:platform"},
        "on-sync-status-unknown": {"slack:platform"},
        "on-deployed": {"deployments:"},
    }
    for trigger, each in said.items():
        assert {*each["recipients"]} == who[trigger]
        assert each["oncePer"] == (REVISION if trigger == "on-deployed" else "")
        assert each["text"]["email"]["subject"] == f"dev-models: {trigger}"
        hook = each["text"]["webhook"]["deployments"]
        assert hook["method"] == "POST"
        assert json.loads(hook["body"]) == {
            "application": "dev-models",
            "project": "dev",
            "trigger": trigger,
            "revision": app["status"]["sync"].get("revision"),
        }
