"""Rendered objects as the rules get them, and what the rules say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from synth.config.environment import Environment
from synth.kit.objects import Body, Identity, Origin, Resource, identity
from synth.rules.findings import Finding
from synth.rules.flaws import Rendered
from synth.rules.rendered import check_rendered

OURS = Origin("workflows/nlp.training", "workflows.training")
UPSTREAM = Origin("", "kubeflow")
ACCOUNT = Identity("", "ServiceAccount", "nlp", "training")


def findings(
    *bodies: Body,
    origin: Origin = OURS,
    accepted: Sequence[dict[str, Any]] = (),
    known: Sequence[Identity] = (ACCOUNT,),
    kubernetes: str = "1.26",
    kubeflow: str = "",
) -> list[Finding]:
    """What the rules say of these objects where `known` is there beside them."""
    environment = Environment.model_validate(
        {
            "name": "only",
            "cluster": {"kubernetes": kubernetes},
            "gitops": {"repoURL": "https://git.example.com/ml/platform.git"},
            "policy": {"accepted": tuple(accepted)},
            **({"kubeflow": {"release": kubeflow}} if kubeflow else {}),
        }
    )
    resources = [Resource("workflows", body, origin) for body in bodies]
    rendered = Rendered(resources, [*map(identity, bodies), *known])
    return list(check_rendered(environment, rendered))


def error(code: str, object_: str, message: str) -> Finding:
    """A finding about one of our objects."""
    return Finding(code, "error", OURS.key, f"{object_} in workflows {message}")
