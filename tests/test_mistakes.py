"""Mistakes that people make: `synth validate` catches each before a cluster sees it; `kustomize build`
of the same manifests with the same mistake mostly does not. docs/mistakes.md shows what comes of it.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from synth.render.documents import dump
from synth.render.kustomize import KustomizeError
from tests.repository import ROOT, Repository
from tests.shared import kustomize

MISTAKES: list[dict[str, Any]] = yaml.safe_load((ROOT / "tests/mistakes.yaml").read_text())
BY_NAME = {each["mistake"]: each for each in MISTAKES}
PATCH = {
    "target": {"kind": "CronWorkflow", "name": "sentiment-trainings"},
    "patch": '[{"op": "replace", "path": "/spec/suspend", "value": true}]',
}
"""One that hits nothing."""


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that all mistakes share: most of what is rendered is the same."""
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize("mistake", BY_NAME)
def test_validate_catches_it(mistake: str, cache: Path, tmp_path: Path) -> None:
    kustomize()
    repository = Repository(tmp_path)
    for edit in BY_NAME[mistake].get("edits", ()):
        path = repository.root / edit["file"]
        text = path.read_text()
        assert edit["old"] in text
        path.write_text(text.replace(edit["old"], edit["new"], 1))
    for name, text in BY_NAME[mistake].get("files", {}).items():
        (repository.root / name).parent.mkdir(parents=True, exist_ok=True)
        (repository.root / name).write_text(text)
    done = repository.synth("validate", "prod", KFSYNTH_CACHE=str(cache))
    # Where in the file it is says more about the example.
    said = re.sub(r"(?<=\.yaml):\d+:\d+:", ":", done.stdout + done.stderr)
    lines = said.splitlines()
    assert done.returncode in (1, 2)
    assert [line for line in lines if line.startswith(BY_NAME[mistake]["says"])], lines
    assert not (repository.root / "dist").exists()


def test_without_a_mistake_it_says_nothing(cache: Path, tmp_path: Path) -> None:
    done = Repository(tmp_path).synth("validate", "prod", KFSYNTH_CACHE=str(cache))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_page_shows_what_comes_of_it(tmp_path: Path) -> None:
    rows = [
        f"| {mistake['mistake']} | `{_short(mistake['says'])}` | {_built(mistake, tmp_path / str(number))} |"
        for number, mistake in enumerate(MISTAKES)
    ]
    page = (ROOT / "docs/mistakes.md").read_text()
    assert [line for line in page.splitlines() if line.startswith("| ")][1:] == rows


def _short(says: str) -> str:
    return (
        says.split(": ", 2)[2]
        if says.startswith(("error ", "warning "))
        else says.split(": ", 1)[1]
    )


def _built(mistake: Mapping[str, Any], folder: Path) -> str:
    """Whether `kustomize build` sees the mistake in the manifests of its application."""
    plain = mistake.get("plain")
    if plain is None:
        return "–"
    shutil.copytree(ROOT / "dist/prod" / plain["application"], folder)
    (folder / "FILES").unlink(missing_ok=True)
    if "old" in plain:
        files = [path for path in folder.rglob("*.yaml") if plain["old"] in path.read_text()]
        assert files, mistake["mistake"]
        for path in files:
            path.write_text(path.read_text().replace(plain["old"], plain["new"]))
    if "file" in plain:
        (folder / "extra.yaml").write_text(plain["file"])
    resources = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.yaml"))
    patches = [PATCH] if plain.get("patch") else []
    (folder / "kustomization.yaml").write_text(dump({"resources": resources, "patches": patches}))
    try:
        kustomize().build(folder)
    except KustomizeError:
        return "fails"
    return "passes"
