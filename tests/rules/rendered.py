"""Rendered objects as the rules get them, and what the rules say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from synth.config.environment import Environment
from synth.kit.objects import Body, Identity, Origin, Resource, identity
from synth.rules.findings import Finding
from synth.rules.flaws import Rendered
from synth.rules.policy import check_accepted, governed
from synth.rules.rendered import check_rendered

OURS = Origin("workflows/nlp.training", "workflows.training")
TODAY = date(2027, 3, 31)
UPSTREAM = Origin("", "kubeflow")
SMALL = {"requests": {"cpu": "100m"}, "limits": {"memory": "64Mi"}}
"""Resources that no rule asks more of."""
ACCOUNT = Identity("", "ServiceAccount", "nlp", "training")


def findings(
    *bodies: Body,
    origin: Origin = OURS,
    policy: Mapping[str, Any] | None = None,
    known: Sequence[Identity] = (ACCOUNT,),
    kubernetes: str = "1.26",
    kubeflow: str = "",
    registry: str | None = None,
    addons: Mapping[str, Any] | None = None,
) -> list[Finding]:
    """What the rules say of these objects where `known` is there beside them, once the policy has
    been heard.
    """
    environment = Environment.model_validate(
        {
            "name": "only",
            "cluster": {"kubernetes": kubernetes},
            "gitops": {"repoURL": "https://git.example.com/ml/platform.git"},
            "policy": policy or {},
            "registry": registry,
            "addons": addons or {},
            **({"kubeflow": {"release": kubeflow}} if kubeflow else {}),
        }
    )
    resources = [Resource("workflows", body, origin) for body in bodies]
    rendered = Rendered(resources, [*map(identity, bodies), *known])
    found = list(governed(environment.policy, check_rendered(environment, rendered), TODAY))
    return [*found, *check_accepted(environment.policy, found, TODAY)]


def error(code: str, object_: str, message: str) -> Finding:
    """A finding about one of our objects."""
    return Finding(
        code, "error", OURS.key, f"{object_} in workflows {message}", "workflows", object_
    )


def warning(code: str, object_: str, message: str) -> Finding:
    """One that weighs less."""
    return replace(error(code, object_, message), severity="warning")
