"""Upstream's repository is fetched once, by its full commit, through git's own configuration."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from synth.catalog.kubeflow import REPOSITORY, Release, load_release
from synth.render.cache import Cache
from synth.render.digests import tree_digest
from synth.render.upstream import UpstreamError, fetch


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Release:
    """A release whose commit is in a local repository, which stands in for upstream's."""
    tree = tmp_path / "upstream"
    (tree / "example").mkdir(parents=True)
    (tree / "example/kustomization.yaml").write_text("resources: []\n")
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", "-C", str(tree)]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "release"]):
        subprocess.run([*git, *command], check=True)
    config = tmp_path / "gitconfig"
    config.write_text(
        f'[url "file://{tree}"]\n\tinsteadOf = {REPOSITORY}\n'
        '[safe]\n\tdirectory = *\n[protocol "file"]\n\tallow = always\n'
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    return replace(load_release("1.8.1"), commit=head.stdout.strip())


def test_it_is_fetched_once(release: Release, cache: Cache, tmp_path: Path) -> None:
    tree = fetch(release, cache)
    assert (tree / "example/kustomization.yaml").read_text() == "resources: []\n"
    assert tree_digest(tree) == tree_digest(tmp_path / "upstream")
    (tmp_path / "gitconfig").unlink()  # nobody is asked again
    assert fetch(release, cache) == tree


def test_a_commit_that_is_not_there(release: Release, cache: Cache) -> None:
    with pytest.raises(UpstreamError) as caught:
        fetch(replace(release, commit="0" * 40), cache)
    message = str(caught.value)
    assert message.startswith("Kubeflow 1.8.1 cannot be fetched: ")
    assert message.endswith("; kubeflow.upstream or KFSYNTH_UPSTREAM names a local copy")
    assert not (cache.folder / "git" / ("0" * 40)).exists()
