"""A second opinion on the example's own objects: checkov's, of which every finding needs a reason."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.interpreters import python
from tests.repository import ROOT

pytestmark = pytest.mark.checkov
REASONS: dict[str, str] = yaml.safe_load((ROOT / "tests/security/reasons.yaml").read_text())


@pytest.fixture(scope="module")
def checkov() -> Path:
    """The program, of a pinned version."""
    return python(ROOT / "tests/tools/checkov/requirements.txt").parent / "checkov"


def found(checkov: Path, folder: Path) -> tuple[dict[str, Any], dict[str, set[str]]]:
    """What checkov counted, and the objects by what is wrong with them."""
    command: list[str | Path] = [
        checkov, "--directory", folder, "--framework", "kubernetes", "--quiet", "--compact",
        "--output", "json", "--skip-download",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    answer = json.loads(done.stdout)
    failed: dict[str, set[str]] = {}
    for each in answer["results"]["failed_checks"]:
        failed.setdefault(each["check_id"], set()).add(each["resource"])
    return answer["summary"], failed


def test_every_finding_has_a_reason_and_every_reason_a_finding(
    checkov: Path, tmp_path: Path
) -> None:
    told: set[str] = set()
    for environment in ("dev", "staging", "prod"):
        ours = tmp_path / environment
        # What upstream wrote is no object of the example's, and Argo CD's are no workloads.
        ignored = shutil.ignore_patterns("kubeflow-*", "argocd")
        shutil.copytree(ROOT / "dist" / environment, ours, ignore=ignored)
        summary, failed = found(checkov, ours)
        assert summary["parsing_errors"] == 0
        assert summary["resource_count"] > 50
        assert {each: failed[each] for each in failed.keys() - REASONS.keys()} == {}
        told |= failed.keys()
    assert told == REASONS.keys()


def test_it_finds_what_is_wrong(checkov: Path, tmp_path: Path) -> None:
    container = {"name": "root", "image": "busybox", "securityContext": {"privileged": True}}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "root", "namespace": "nlp"}}
    (tmp_path / "pod.yaml").write_text(yaml.safe_dump({**pod, "spec": {"containers": [container]}}))
    _, failed = found(checkov, tmp_path)
    assert failed["CKV_K8S_16"] == {"Pod.nlp.root"}
