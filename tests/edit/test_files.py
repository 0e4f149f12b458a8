"""A file is written whole, where it still is what it was, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth.config.load import Loaded, load
from synth.edit.files import ChangedMeanwhileError, set_variants, variants_of
from synth.edit.text import EditError

KNOWN = {"Kubeflow releases": ("1.8.1",), "Argo CD versions": ("3.2",)}
FILE = """\
name: dev
cluster: {kubernetes: "1.26"}
gitops: {repoURL: "https://git.example.com/ml/platform.git"}
teams: [{name: nlp, owner: nlp@example.com}]
models:
  - name: sentiment
    team: nlp
    variants: [{name: stable, version: 7, artifact: s3://models/7, traffic: 100}]
"""


def environment(folder: Path) -> Loaded:
    return load(folder, KNOWN)["dev"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "environments/dev.yaml"
    path.parent.mkdir()
    path.write_text(FILE)
    path.chmod(0o640)
    return path


def test_a_file_keeps_its_mode_and_leaves_nothing_beside_it(file: Path) -> None:
    loaded = environment(file.parent)
    [stable] = variants_of(loaded, "sentiment")
    after = [stable.model_copy(update={"version": 8})]
    root = file.parent.parent
    assert set_variants(root, loaded, "sentiment", after, environment) == "environments/dev.yaml"
    assert file.read_text() == FILE.replace("version: 7", "version: 8")
    assert file.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in file.parent.iterdir()] == ["dev.yaml"]


def test_what_somebody_else_wrote_meanwhile_stays(file: Path) -> None:
    loaded = environment(file.parent)
    [stable] = variants_of(loaded, "sentiment")
    theirs = FILE.replace("s3://models/7", "s3://models/other")

    def reload(folder: Path) -> Loaded:
        file.write_text(theirs)
        return environment(folder)

    after = [stable.model_copy(update={"version": 8})]
    with pytest.raises(
        ChangedMeanwhileError, match=r"^dev\.yaml has changed meanwhile: run this again$"
    ):
        set_variants(file.parent.parent, loaded, "sentiment", after, reload)
    assert file.read_text() == theirs
    assert [path.name for path in file.parent.iterdir()] == ["dev.yaml"]


def test_what_would_be_read_otherwise_is_not_written(file: Path) -> None:
    loaded = environment(file.parent)
    [stable] = variants_of(loaded, "sentiment")
    after = [stable.model_copy(update={"version": 8})]
    with pytest.raises(
        EditError, match=r"^environments/dev\.yaml cannot say this: edit it by hand$"
    ):
        set_variants(file.parent.parent, loaded, "sentiment", after, lambda _: loaded)
    assert file.read_text() == FILE
