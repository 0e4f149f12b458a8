"""What the page on pipelines shows is what the generator takes, and what the program takes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import ryaml

from tests.kubeflow.releases import release_tree
from tests.repository import Repository
from tests.schemas import complaints
from tests.shared import kustomize
from tests.test_docs import HEAD, blocks

PAGE = ("pipelines.md",)
SHOWN = [block for _, block in blocks("yaml", PAGE)]


@pytest.mark.parametrize("block", SHOWN)
def test_what_an_environment_file_is_shown_to_say(tmp_path: Path, common: Path, block: str) -> None:
    repository = Repository(tmp_path)
    for name in ("dev", "staging", "prod", "base"):
        (repository.root / f"environments/{name}.yaml").unlink()
    shutil.rmtree(repository.root / "overlays")
    [source] = [block for _, block in blocks("python", PAGE)]
    folder = repository.root / "pipelines/sentiment"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pipeline.py").write_text(source)
    (repository.root / "environments/middle.yaml").write_text(
        'kubeflow: {release: "1.8.1"}\n'
        "gitops: {repoURL: https://git.example.com/ml/platform.git}\n"
        "secrets: {store: {name: platform}}\n"
        "teams: [{name: nlp, owner: nlp-lead@example.com}]\n"
    )
    hydrated = "hydrated" in block
    head = HEAD.replace('"1.26"', '"1.31"') if hydrated else HEAD
    (repository.root / "environments/shown.yaml").write_text(head + block)
    if hydrated:
        kustomize()
        upstream = str(release_tree(common, "1.10"))
        done = repository.synth("validate", "-o", "json", KFSYNTH_UPSTREAM=upstream)
        assert {each["severity"] for each in json.loads(done.stdout)} == {"warning"}
        return
    done = repository.synth("build", "--stdout")
    assert done.returncode == 0, done.stdout + done.stderr
    bodies = [body for body in ryaml.loads_all(done.stdout) or () if body]
    jobs = [body for body in bodies if body["kind"] == "Job"]
    assert len(jobs) == 1
    for body in bodies:
        if body["kind"] == "Application":
            assert complaints("argo-cd-3.5.1.yaml", body) == []
