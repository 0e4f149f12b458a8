"""What is counted, judged by the API server's own code of its quota (`make test-quota`)."""

from __future__ import annotations

import json
import subprocess
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.cli.steps import Silence
from synth.kit.quantities import quantity
from synth.pipeline import build
from synth.project import Project
from synth.render.cache import Cache
from synth.rules.capacity.amounts import quota_name
from synth.rules.capacity.pods import DEMANDED, defaults, unsaid, usage
from synth.validation import capacity
from tests.capacity.cases import QUOTAS, RANGES, SPECS
from tests.events.programs import program
from tests.repository import ROOT

pytestmark = pytest.mark.quota
Case = tuple[dict[str, Any], list[dict[str, Any]], list[str]]
CASES = st.lists(st.tuples(SPECS, RANGES, QUOTAS), min_size=1, max_size=40)


def judged(cases: list[Case]) -> list[dict[str, Any]]:
    """The API server's verdicts."""
    given = [{"spec": spec, "ranges": ranges, "quota": quota} for spec, ranges, quota in cases]
    done = subprocess.run(
        [program("quota")], input=json.dumps(given), capture_output=True, text=True, check=True
    )
    verdicts: list[dict[str, Any]] = json.loads(done.stdout)
    return verdicts


def counted(verdict: dict[str, Any]) -> dict[str, Fraction]:
    """What the API server counts, each by one name."""
    return {quota_name(name): quantity(text) for name, text in verdict["usage"].items()}


def refused(case: Case) -> str:
    """What the API server would say of containers that do not say what the quota demands."""
    spec, ranges, quota = case
    containers: dict[str, list[str]] = {}
    for container, name in unsaid(spec, quota, defaults(ranges)):
        containers.setdefault(name, []).append(container)
    told = [f"{name} for: {','.join(sorted(containers[name]))}" for name in sorted(containers)]
    return f"must specify {'; '.join(told)}" if told else ""


@settings(max_examples=60)
@given(CASES)
def test_a_quota_counts_the_same(cases: list[Case]) -> None:
    for case, verdict in zip(cases, judged(cases), strict=True):
        spec, ranges, _ = case
        assert usage(spec, defaults(ranges)) == counted(verdict)
        assert refused(case) == verdict["refused"]


def test_the_pods_of_the_example_are_counted_the_same(cache: Cache) -> None:
    result = build(Project(ROOT), cache, ["prod"], Silence(), everything=True)
    *_, cluster = capacity(result)["prod"]
    quota = sorted(DEMANDED)
    cases: list[Case] = [
        (dict(spec), [], quota) for demand in cluster.demands for spec in demand.specs
    ]
    assert len(cases) > 10
    for case, verdict in zip(cases, judged(cases), strict=True):
        assert usage(case[0]) == counted(verdict)
        assert refused(case) == verdict["refused"]
