"""`cdk8s synth`, by npm's cdk8s-cli, on a copy of the example."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from synth.render.documents import load_all
from tests.repository import ROOT, Repository
from tests.shared import cdk8s

OUTPUT = ".cdk8s"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    repository = Repository(tmp_path)
    shutil.copy(ROOT / "cdk8s.yaml", repository.root)
    repository.edit("cdk8s.yaml", ".venv/bin/python", sys.executable)
    return repository


def cdk8s_synth(repository: Repository) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [cdk8s(), "synth"],
        cwd=repository.root,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "KFSYNTH_CACHE": str(repository.cache),
            "CHECKPOINT_DISABLE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_writes_dist_and_the_same_manifests_where_its_cli_looks_for_them(
    repository: Repository,
) -> None:
    stale = repository.root / OUTPUT / "stale.k8s.yaml"
    stale.parent.mkdir()
    stale.write_text("from an earlier run\n")
    done = cdk8s_synth(repository)
    assert done.returncode == 0, done.stderr
    files = repository.tree()
    committed = ROOT / "dist"
    assert {name for name in files if name.startswith("dist/")} == {
        str(path.relative_to(ROOT)) for path in committed.rglob("*") if path.is_file()
    }
    assert not stale.exists()
    theirs = {
        path.name: load_all(path.read_text()) for path in (repository.root / OUTPUT).iterdir()
    }
    for tree in ("dist/prod", "argocd/prod", "argocd/settings"):
        ours = [
            body
            for name, content in sorted(files.items())
            if name.startswith(f"{tree}/") and name.endswith(".yaml")
            for body in load_all(content.decode())
        ]
        assert theirs[f"{tree.replace('/', '-')}.k8s.yaml"] == ours


def test_where_it_fails_dist_and_foreign_files_stay_as_they_were(repository: Repository) -> None:
    assert cdk8s_synth(repository).returncode == 0
    mine = repository.root / "notes.yaml"
    mine.write_text("mine\n")
    before = repository.tree()
    repository.edit("environments/prod.yaml", "traffic: 90", "traffic: 85")
    done = cdk8s_synth(repository)
    assert done.returncode != 0
    assert "models.sentiment.variants: traffic sums to 95, must be 100" in done.stderr
    assert repository.tree() == before
    assert mine.read_text() == "mine\n"
