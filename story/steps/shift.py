"""The language of the comments shifts: an alert starts a training, and version 3 takes over."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from story.configuration import MODEL, TEAM
from story.stage import Stage
from story.steps.promotion import REVIEWER
from story.steps.rollout import arrived, roll_out, stopped
from story.steps.training import ENOUGH, arrive, train
from story.training import TEMPLATE, WORKFLOW, command, parameters
from synth.kit.objects import Body
from tests.cluster.api import Kind
from tests.events.judge import outcomes
from tests.models.git_hosts import TOKEN, GitHost, git_host
from tests.repository import ROOT
from tests.servers import wait_for

ALERT = "ModelAccuracyLow"
_WEBHOOK = "alerts"
"""The path that the team's AlertmanagerConfig sends such alerts to."""
_EVENTS = ("eventbuses", "eventsources", "sensors")
_REPOSITORY = "https://git.example.com/ml/platform.git"
_BRANCH = f"synth/prod/{MODEL}"
_HASTY: Mapping[str, Any] = {
    "settings": [{"words": 1, "strength": 0.01}],
    "least_accuracy": 0.5,
    "largest_drop": 1.0,
}
"""Somebody is content with anything."""


def shift(it: Stage) -> None:
    """From words that nobody has seen to a version that knows them, and one that is stopped."""
    workflow = _alarmed(it)
    with git_host("gitlab", _BRANCH) as host:
        stable = _retrained(it, host, workflow)
        _stopped(it, host, workflow, stable)


def _alarmed(it: Stage) -> Body:
    """The workflow that the alert comes to."""
    timeline, alerts = it.timeline, it.watched().alerts
    with timeline.step(
        "The language shifts",
        "People begin to use words that did not exist. Accuracy, measured on MLServer's answers, drops by"
        " more than 5 %: the alert fires, Alertmanager calls the webhook, and the Sensor's filter lets it"
        " through to a workflow.",
    ):
        before = len(it.watched().firing())
        it.crowd().drifted = True
        timeline.event("shift", "half of the comments are in new words")
        wait_for(f"{ALERT} at the webhook", lambda: bool(_told(it, _WEBHOOK, "firing")), 240)
        [payload, *_] = _told(it, _WEBHOOK, "firing")
        reason = payload["alerts"][0]["annotations"]["description"]
        timeline.event("alert fires", reason)
        names = {each["alertname"] for each in it.watched().firing()[before:]}
        timeline.check("no other alert fires", names == {ALERT}, ", ".join(sorted(names)))
        timeline.check("it names the version that is stable", "Version 1 is" in reason, reason)
        came = len(alerts.bodies(_WEBHOOK))
        timeline.check("nothing else has come to the webhook", came == 1, came)
        workflow = _started(it, payload)
        asked = parameters(_template(it), workflow)
        timeline.check(
            "the workflow has model, reason and environment",
            asked == {"model": MODEL, "reason": reason, "environment": "prod"},
            asked,
        )
        return workflow


def _started(it: Stage, payload: Any) -> Body:
    """What Argo Events makes of a payload, created by the Sensor's ServiceAccount; the object as the
    API server has it then.
    """
    api, plane = it.apis["prod"], it.clusters.planes["prod"]
    objects = [
        each
        for plural in _EVENTS
        for each in api.all(Kind("argoproj.io/v1alpha1", plural))
        if each["metadata"]["namespace"] == TEAM
    ]
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    [outcome] = outcomes(objects, [payload], now)
    it.timeline.check(
        "Argo Events creates one workflow",
        [*outcome.created] == [f"model-{MODEL}"],
        [*outcome.created] or outcome.errors,
    )
    body = outcome.created[f"model-{MODEL}"]
    create = ("create", "-f", "-", "--as", f"system:serviceaccount:{TEAM}:retraining")
    plane.kubectl(*create, stdin=json.dumps(body))
    again = plane.try_kubectl(*create, stdin=json.dumps(body))
    it.timeline.check(
        "an alert that comes again starts nothing more", "AlreadyExists" in again.stderr
    )
    made = api.one(WORKFLOW, body["metadata"]["name"], TEAM)
    assert made, "the workflow has gone"
    it.timeline.event("workflow", f"{TEAM}/{made['metadata']['name']}")
    return made


def _retrained(it: Stage, host: GitHost, workflow: Body) -> int:
    """The workflow's steps, and the merge request that comes of them; the version that takes over."""
    timeline = it.timeline
    with timeline.step(
        "Version 3 takes over",
        "The workflow trains with the new comments and proposes the version as a canary. Rosa merges;"
        " its share grows to 25, 50 and 100 %, each step let through by the gate.",
    ):
        arrive(it, 3, drifted=True, count=2 * ENOUGH)
        version = train(it)
        said = _proposed(it, host, workflow)
        timeline.event("said", said.stdout.splitlines()[0])
        timeline.check(
            "the workflow opens a merge request", len(host.requests) == 1, host.requests[0]["title"]
        )
        gate = _ci_gate(it)
        timeline.check("CI's gate lets it in", gate[0] == 0, gate[1])
        it.team.merge(_BRANCH)
        arrived(it, {"version 1": 90, f"version {version.version}": 10})
        roll_out(it, version.version, 1)
        return version.version


def _stopped(it: Stage, host: GitHost, workflow: Body, stable: int) -> None:
    """A worse version is proposed, comes in against CI's word, and gets no further."""
    timeline = it.timeline
    with timeline.step(
        "Version 4 is worse",
        "A training with settings that learn little, and with limits that let it pass, registers version 4."
        " CI's gate stops its merge request. Somebody merges it all the same: it gets one request in ten,"
        " the gate stops it there, and a rollback restores version 3.",
    ):
        arrive(it, 4, drifted=True)
        worse = train(it, **_HASTY)
        wait_for(f"the end of {ALERT}", lambda: bool(_told(it, "everything", "resolved")), 180)
        timeline.event("alert resolved", f"{ALERT}, while version {worse.version} was trained")
        _proposed(it, host, workflow)
        gate = _ci_gate(it)
        timeline.check("CI's gate stops its merge request", gate[0] == 1, gate[1])
        it.team.merge(_BRANCH)
        arrived(it, {f"version {stable}": 90, f"version {worse.version}": 10})
        stopped(it)
        timeline.event("said", it.team.model("rollback", MODEL, "--env", "prod", by=REVIEWER))
        arrived(it, {f"version {stable}": 100})


def _proposed(it: Stage, host: GitHost, workflow: Body) -> subprocess.CompletedProcess[str]:
    """The workflow's step `deploy`, with the command line of the cluster's template."""
    settings = it.folder / "gitconfig"
    settings.write_text(f'[url "{it.team.git.url}"]\n\tinsteadOf = {_REPOSITORY}\n')
    template = _template(it)
    words = command(template, "deploy", parameters(template, workflow))
    # Where GitLab is; in production the repository's address says so.
    at = words.index("--host=gitlab")
    done = subprocess.run(
        [sys.executable, *words[1:at], f"--api={host.api}", *words[at:]],
        cwd=ROOT,
        env={**os.environ, **it.team.env, "GIT_TOKEN": TOKEN, "GIT_CONFIG_GLOBAL": str(settings)},
        capture_output=True,
        text=True,
        check=False,
    )
    it.timeline.check("`synth propose` succeeds", done.returncode == 0, done.stderr.strip())
    return done


def _ci_gate(it: Stage) -> tuple[int, str]:
    """What CI says of the merge request: exit code and words."""
    name = f"ci-{it.team.git.head()[:10]}"
    clone = it.team.clone(name)
    it.team.run("checkout", "-q", _BRANCH, at=clone)
    said = it.team.try_synth("model", "gate", "--base", "origin/main", at=clone)
    return said.code, said.out.strip() + said.err.strip()


def _template(it: Stage) -> Body:
    found = it.apis["prod"].one(TEMPLATE, f"{MODEL}-training", TEAM)
    assert found, "no workflow that trains"
    return found


def _told(it: Stage, path: str, status: str) -> list[Any]:
    """The payloads that came to a path and say this of the alert."""
    return [
        body
        for body in it.watched().alerts.bodies(path)
        if any(
            each["status"] == status and each["labels"]["alertname"] == ALERT
            for each in body["alerts"]
        )
    ]
