"""What an environment's policy makes of findings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from synth.kit.objects import Origin, manifest
from synth.rules.findings import Finding
from tests.rules.rendered import OURS, UPSTREAM, error, findings

RULE = {"apiGroups": [""], "resources": ["pods"], "verbs": ["*"]}
WIDE = manifest("rbac.authorization.k8s.io/v1", "Role", "training", namespace="nlp", rules=[RULE])
SAID = error(
    "RB001", "Role.rbac.authorization.k8s.io nlp/training",
    "permits * pods: name the resources and verbs",
)  # fmt: skip


def test_what_upstream_wrote_is_a_warning() -> None:
    assert findings(WIDE, origin=UPSTREAM) == [replace(SAID, severity="warning", key=UPSTREAM.key)]


@pytest.mark.parametrize(("origin", "level"), [(UPSTREAM, "error"), (OURS, "warning")])
def test_a_level_holds_for_whatever_wrote_it(origin: Origin, level: str) -> None:
    found = findings(WIDE, origin=origin, policy={"levels": {"RB001": level}})
    assert [finding.severity for finding in found] == [level]


ACCEPTED = {
    "name": "training",
    "code": "RB001",
    "reason": "its objects come and go",
    "owner": "nlp-lead@example.com",
    "until": "2027-03-31",
}


@pytest.mark.parametrize(
    "narrowed",
    [
        {},
        {"application": "workflows"},
        {"object": "Role.rbac.authorization.k8s.io nlp/train*"},
    ],
)
def test_what_an_environment_accepts_is_accepted(narrowed: dict[str, str]) -> None:
    assert findings(WIDE, policy={"accepted": ({**ACCEPTED, **narrowed},)}) == [
        replace(SAID, severity="accepted", accepted_by="training")
    ]


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
    assert findings(WIDE, policy={"accepted": (entry,)}) == [
        SAID,
        Finding(
            "PO001", "warning", "policy.accepted.training",
            f"there is no finding {entry['code']} that this accepts: take it out",
        ),
    ]  # fmt: skip


def test_it_accepts_for_a_while() -> None:
    entry = {**ACCEPTED, "until": "2027-03-30"}
    assert findings(WIDE, policy={"accepted": (entry,)}) == [
        SAID,
        Finding(
            "PO002", "warning", "policy.accepted.training",
            "was good until 2027-03-30: mend what it accepts, or have nlp-lead@example.com say "
            "until when else",
        ),
    ]  # fmt: skip
