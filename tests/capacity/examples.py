"""Pods and workloads as tests write them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from synth.config.environment import Environment
from synth.kit.objects import Body, manifest
from synth.rules.capacity.accounts import Account, accounts
from synth.rules.capacity.check import check_capacity
from synth.rules.findings import Finding

MI = Fraction(2**20)
SMALL: Body = {"requests": {"cpu": "100m", "memory": "128Mi"}}


def container(name: str = "main", **resources: dict[str, str]) -> Body:
    return {"name": name, "resources": resources or SMALL}


def deployment(
    name: str = "web", *containers: Body, namespace: str = "nlp", replicas: int = 1, **spec: Any
) -> Body:
    template = {"spec": {"containers": list(containers) or [container()]}}
    return manifest(
        "apps/v1",
        "Deployment",
        name,
        namespace=namespace,
        spec={"replicas": replicas, "template": template, **spec},
    )


def profile(name: str = "nlp", **hard: str) -> Body:
    spec = {"owner": {"kind": "User", "name": f"{name}@example.com"}}
    quota = {"resourceQuotaSpec": {"hard": hard}} if hard else {}
    return manifest("kubeflow.org/v1beta1", "Profile", name, spec={**spec, **quota})


def environment(**said: Any) -> Environment:
    return Environment.model_validate(
        {
            "name": "only",
            "cluster": {"kubernetes": "1.26", "capacity": said.pop("capacity", {})},
            "gitops": {"repoURL": "https://git.example.com/ml/platform.git"},
            "teams": (
                {"name": "nlp", "owner": "nlp@example.com"},
                {"name": "vision", "owner": "vision@example.com"},
            ),
            **said,
        }
    )


def made(*objects: Body, **said: Any) -> dict[str, Account]:
    """Every account by its team; the cluster's by an empty name."""
    every = accounts(environment(**said), objects)
    return {each.team: each for each in every}


def found(*objects: Body, **said: Any) -> list[Finding]:
    """What the rules say."""
    return list(check_capacity(accounts(environment(**said), objects)))


def usage(*objects: Body, team: str = "nlp", **said: Any) -> dict[str, Fraction]:
    """What a team's workloads may ask for."""
    return dict(made(*objects, **said)[team].usage)
