"""What the rules find in upstream's own objects, release by release; each was looked at."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from synth.catalog.kubeflow import RELEASES
from synth.validation import rendered_findings
from tests.kubeflow.releases import Upstream

FOUND = {
    "1.8.0": {"RB001": 25, "RB002": 1, "RB003": 2, "RB004": 15, "RF001": 1},
    "1.8.1": {"RB001": 25, "RB002": 1, "RB003": 2, "RB004": 15, "RF001": 1},
    "1.9.1": {"RB001": 16, "RB002": 1, "RB003": 2, "RB004": 12, "RF001": 1},
    "1.10": {"RB001": 16, "RB002": 1, "RB003": 1, "RB004": 13, "RF001": 1},
    "1.11": {"RB001": 16, "RB002": 1, "RB003": 1, "RB004": 14, "RB005": 1, "RF001": 1},
    "26.03": {"RB001": 16, "RB003": 1, "RB004": 15, "RB005": 2, "RF001": 1},
}
"""How many findings of each code upstream's objects have."""


@pytest.mark.parametrize("upstream", RELEASES, indirect=True)
def test_upstreams_own_objects(upstream: Upstream, tmp_path: Path) -> None:
    built = upstream.build(tmp_path, components={"user-namespace": False})
    every = rendered_findings(built, {"only": []}, (), date(2026, 1, 1))
    found = [finding for finding, _ in every["only"]]
    assert {finding.severity for finding in found} == {"warning"}
    assert Counter(finding.code for finding in found) == FOUND[upstream.release.name]
    files = [path for path in built.trees["dist/only"] if path.startswith("kubeflow-")]
    ours = [each for each in built.objects("only") if each.application.startswith("kubeflow-")]
    assert len(ours) == len(files), "every object is looked at"
