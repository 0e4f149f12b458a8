"""The fleet: environments with models of which each has a hourly training, as environment files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from synth.render.documents import dump, load_all

MODELS = 20
"""Of each environment; with its training a model is ten objects."""
_BASE = """\
gitops: {repoURL: "https://git.example.com/ml/platform.git"}
addons: {seldon: {version: "1.17.1"}, argoWorkflows: {version: "3.7.6"}}
observability:
  prometheus: {namespace: monitoring, labels: {release: kube-prometheus-stack}}
  notifications: {via: elsewhere}
teams:
  - {name: nlp, owner: nlp-lead@example.com, quota: {cpu: "400", memory: 800Gi}}
"""
_MODEL = """\
team: nlp
server: {image: "registry.example.com/nlp/server:1.4.0", libraries: {mlserver: "1.7.1", mlflow: "3.17.2"}}
storageSecret: artifacts
resources:
  requests: {cpu: 500m, memory: 1Gi}
  limits: {memory: 1Gi}
objectives: {latency: {p95: 500ms}, errors: 1%}
autoscaling: {minReplicas: 2, maxReplicas: 8, cpu: 70%}
disruptionBudget: {maxUnavailable: 1}
"""


@dataclass(frozen=True, slots=True)
class Model:
    """A model with the versions that it has, the canary's next to the stable one's."""

    name: str
    stable: int
    canary: int


@dataclass(frozen=True, slots=True)
class Member:
    """One environment of a fleet."""

    name: str
    models: Sequence[Model]


def fleet(size: int) -> list[Member]:
    """So many environments, each of which runs other versions than the others."""
    return [
        Member(
            f"env-{number:03d}",
            [
                Model(f"model-{place:02d}", version, version + 1)
                for place in range(MODELS)
                for version in (1 + (7 * number + place) % 50,)
            ],
        )
        for number in range(size)
    ]


def values(members: Iterable[Member]) -> list[dict[str, Any]]:
    """The same as plain data, which other tools take; versions as text, as objects have them."""
    return [
        {"name": each.name, "models": [_texts(asdict(model)) for model in each.models]}
        for each in members
    ]


def _texts(model: dict[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in model.items()}


def write(folder: Path, members: Sequence[Member]) -> None:
    """The environment files: what all have in common in one, the versions in each one's own."""
    environments = folder / "environments"
    environments.mkdir(parents=True)
    [base], [model] = load_all(_BASE), load_all(_MODEL)
    base["models"] = [{"name": each.name, **model} for each in members[0].models]
    base["workflows"] = [_training(each) for each in members[0].models]
    (environments / "base.yaml").write_text(dump(base))
    for member in members:
        (environments / f"{member.name}.yaml").write_text(dump(_environment(member)))


def shift(folder: Path, member: Member) -> None:
    """Gives every model of one environment the next versions."""
    moved = [Model(each.name, each.stable + 1, each.canary + 1) for each in member.models]
    path = folder / "environments" / f"{member.name}.yaml"
    path.write_text(dump(_environment(Member(member.name, moved))))


def _environment(member: Member) -> dict[str, Any]:
    return {
        "extends": "base",
        "name": member.name,
        "cluster": {"server": f"https://{member.name}.k8s.example.com", "kubernetes": "1.27"},
        "models": [{"name": each.name, "variants": _variants(each)} for each in member.models],
    }


def _variants(model: Model) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "version": version,
            "artifact": f"s3://models/{model.name}/{version}",
            "traffic": traffic,
        }
        for name, version, traffic in (("stable", model.stable, 90), ("canary", model.canary, 10))
    ]


def _training(model: Model) -> dict[str, Any]:
    return {
        "name": f"{model.name}-training",
        "team": "nlp",
        "schedule": "0 * * * *",
        "steps": [
            {
                "name": "train",
                "image": "registry.example.com/nlp/training:1.0.0",
                "command": ["python", "-m", "training"],
                "args": [f"--model={model.name}"],
            }
        ],
    }
