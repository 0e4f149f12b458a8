"""What an environment accepts of what the rules find in rendered objects."""

from __future__ import annotations

import pytest

from synth.kit.objects import manifest
from synth.rules.findings import Finding
from tests.rules.rendered import UPSTREAM, error, findings

RULE = {"apiGroups": [""], "resources": ["pods"], "verbs": ["*"]}
WIDE = manifest("rbac.authorization.k8s.io/v1", "Role", "training", namespace="nlp", rules=[RULE])
SAID = error(
    "RB001", "Role.rbac.authorization.k8s.io nlp/training",
    "permits * pods: name the resources and verbs",
)  # fmt: skip


def test_what_upstream_wrote_is_a_warning() -> None:
    assert findings(WIDE, origin=UPSTREAM) == [
        Finding("RB001", "warning", UPSTREAM.key, SAID.message)
    ]


ACCEPTED = {"name": "training", "code": "RB001", "reason": "its objects come and go"}


@pytest.mark.parametrize(
    "narrowed",
    [
        {},
        {"application": "workflows"},
        {"object": "Role.rbac.authorization.k8s.io nlp/train*"},
    ],
)
def test_what_an_environment_accepts_is_not_told(narrowed: dict[str, str]) -> None:
    assert findings(WIDE, accepted=[{**ACCEPTED, **narrowed}]) == []


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"code": "RB002"},
        {"application": "kubeflow-*"},
        {"object": "Role.rbac.authorization.k8s.io vision/*"},
    ],
)
def test_what_it_accepts_has_to_be_there(elsewhere: dict[str, str]) -> None:
    entry = {**ACCEPTED, **elsewhere}
    assert findings(WIDE, accepted=[entry]) == [
        SAID,
        Finding(
            "PO001", "warning", "policy.accepted.training",
            f"nothing rendered has a finding {entry['code']} that this accepts: take it out",
        ),
    ]  # fmt: skip
