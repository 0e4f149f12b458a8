"""What `gitops:` and teams' repositories become."""

from __future__ import annotations

from pathlib import Path

from synth.app.environment import gitops_tasks
from synth.app.part import Part
from synth.kit.application import Application
from synth.kit.objects import Body, Identity
from synth.render.documents import load_all
from tests.config import written

SERVER = "https://prod.k8s.example.com"
START = f"""\
name: dev
cluster: {{server: "{SERVER}", kubernetes: "1.26"}}
gitops:
  repoURL: https://git.example.com/ml/platform.git
"""
TEAMS = """\
teams:
  - {name: ads, owner: ads@example.com}
  - name: nlp
    owner: nlp@example.com
"""
REPOSITORY = """\
    repository:
      repoURL: https://git.example.com/nlp/deploy.git
      path: clusters/dev
"""
WINDOWS = """\
  syncWindows:
    - name: weekend
      kind: deny
      schedule: "0 18 * * 5"
      duration: 60h
      timeZone: Europe/Berlin
      manualSync: true
    - {name: by-day, kind: allow, schedule: "0 8 * * 1-5", duration: 9h, applications: [models]}
"""
ROLES = """\
  roles:
    - {name: operators, groups: [ml-platform, on-call], may: [view, logs, sync, restart]}
    - {name: auditors, groups: [audit]}
"""
TOLD = """\
  notifications:
    - name: failures
      triggers: [on-sync-failed, on-sync-status-unknown, on-health-degraded]
      service: slack
      recipients: [platform]
    - {name: mails, triggers: [on-sync-failed], service: email, recipients: [b@example.com, a@example.com]}
    - {name: others, triggers: [on-sync-failed], service: slack, recipients: [on-call]}
    - {name: record, triggers: [on-deployed], service: deployments}
"""
SERVICES = """\
  argocd:
    notifications:
      url: https://argocd.example.com
      slack: {token: slack-token}
      email: {host: smtp.example.com, from: argocd@example.com, username: email-user, password: email-password}
      webhooks: [{name: deployments, url: "https://hooks.example.com/deployed", token: hook-token}]
"""
MODELS = Application("models", 11, (Identity("apps", "Deployment", "nlp", "sentiment"),))


def made(folder: Path, *parts: str) -> dict[str, Body]:
    """Every object of Argo CD's own, by kind and name, of the environment `dev` of this text, which has
    an application `models`.
    """
    environment = written.loaded(folder, START + "".join(parts)).environment
    tasks = gitops_tasks(environment, [Part(MODELS, {}, {})], "")
    bodies = [
        body
        for task in tasks.values()
        for content in task.make().files.values()
        for body in load_all(content.decode())
    ]
    found = {f"{body['kind']} {body['metadata']['name']}": body for body in bodies}
    assert len(found) == len(bodies)
    return found


def mistakes(folder: Path, *parts: str) -> list[str]:
    """What the environment of this text is told, without the file."""
    found = written.mistakes(folder, START + "".join(parts))
    return [each.removeprefix("environments/dev.yaml:") for each in found]
