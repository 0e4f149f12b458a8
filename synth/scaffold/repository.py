"""The files of a new repository."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from synth.scaffold.wheel import wheel

_HERE = Path(__file__).parent
STATIC = {
    ".github/workflows/platform.yaml": "github/platform.yaml",
    ".gitlab-ci.yml": "gitlab-ci.yml",
    ".pre-commit-config.yaml": "pre-commit-config.yaml",
    "renovate.json": "renovate.json",
    "Makefile": "Makefile",
    ".gitignore": "gitignore",
}
"""What is the same in every repository, by where it comes from below `files/`."""
_SCHEMA = "# yaml-language-server: $schema=../schemas/environment.json\n"


@dataclass(frozen=True, slots=True)
class Answers:
    """What a new repository is called after.

    `kubernetes` is the clusters' minor version; `seldon` whether Kubeflow's own Seldon serves models,
    else KServe does; `minimal` leaves out what is not needed to begin
    with.
    """

    repo_url: str
    environments: Sequence[str]
    team: str
    owner: str
    release: str
    kubernetes: str
    seldon: bool
    minimal: bool


def files(answers: Answers) -> dict[str, bytes]:
    """Every file by its path, but for what is generated from them."""
    name, content = wheel()
    pinned = (_HERE / "data/requirements.txt").read_text()
    generator = f"./vendor/{name} \\\n    --hash=sha256:{sha256(content).hexdigest()}\n"
    texts = {
        **{path: (_HERE / "files" / source).read_text() for path, source in STATIC.items()},
        "CODEOWNERS": _code_owners(answers),
        "README.md": _readme(answers),
        "environments/base.yaml": "".join(_base(answers)),
        **{
            f"environments/{environment}.yaml": "".join(_environment(answers, environment))
            for environment in answers.environments
        },
        "requirements.txt": pinned + generator,
        "requirements-registry.txt": (_HERE / "data/registry.txt").read_text(),
    }
    return {f"vendor/{name}": content, **{path: text.encode() for path, text in texts.items()}}


def _base(answers: Answers) -> Iterator[str]:
    yield _SCHEMA
    yield "# What every environment has. It has no name, so it is no environment itself.\n"
    yield f"gitops:\n  repoURL: {answers.repo_url}\n"
    yield "secrets:\n"
    yield "  # The ClusterSecretStore that every Secret comes from.\n"
    yield "  store: {name: platform}\n"
    yield f'kubeflow:\n  release: "{answers.release}"\n  source: reference\n'
    if answers.seldon:
        yield "  components: {seldon: true, user-namespace: false}\n"
    else:
        yield "  components: {user-namespace: false}\n"
    yield f"teams:\n  - name: {answers.team}\n    owner: {answers.owner}\n"
    if answers.minimal:
        return
    yield "    isolated: true\n"
    yield "    limits:\n"
    yield "      defaultRequest: {cpu: 10m, memory: 64Mi}\n"
    yield "      default: {memory: 512Mi}\n"
    yield "observability:\n"
    yield "  prometheus: {namespace: monitoring, labels: {release: kube-prometheus-stack}}\n"
    yield "  platform: {}\n"
    yield "  # Who is told of alerts, and how; until you say so, somebody else sees to it.\n"
    yield "  notifications: {via: elsewhere}\n"
    yield "addons:\n  kubePrometheusStack: {storage: {size: 20Gi}}\n"


def _environment(answers: Answers, name: str) -> Iterator[str]:
    yield _SCHEMA
    yield f"extends: base\nname: {name}\n"
    if len(answers.environments) > 1:
        yield "# The address that Argo CD knows the cluster by: `argocd cluster list`.\n"
        yield (
            f'cluster: {{server: "https://{name}.k8s.example.com", '
            f'kubernetes: "{answers.kubernetes}"}}\n'
        )
    else:
        yield "# The cluster that Argo CD runs on; `server:` names another one.\n"
        yield f'cluster: {{kubernetes: "{answers.kubernetes}"}}\n'
    if answers.minimal:
        return
    last = name == answers.environments[-1]
    yield "teams:\n"
    yield f"  - name: {answers.team}\n"
    yield f'    quota: {{cpu: "{20 if last else 10}", memory: {64 if last else 20}Gi}}\n'
    if last:
        yield "policy:\n  refuseDefaultCredentials: true\n  requireIsolation: true\n"


def _code_owners(answers: Answers) -> str:
    return (
        "# Who has to agree to a change; a team to what changes in its namespace.\n"
        f"* {answers.owner}\n"
        f"/dist/*/*/{answers.team}/ {answers.owner}\n"
    )


def _readme(answers: Answers) -> str:
    first, last = answers.environments[0], answers.environments[-1]
    text = (_HERE / "files/README.md").read_text()
    engine = "" if answers.seldon else "    engine: kserve\n"
    for word, value in (
        ("ENGINE\n", engine),
        ("TEAM", answers.team),
        ("RELEASE", answers.release),
        ("FIRST", first),
        ("LAST", last),
    ):
        text = text.replace(word, value)
    return text
