"""What Argo CD builds from our kustomizations is what we would have written ourselves."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from synth.catalog.kubeflow import REPOSITORY, Component, load_release
from synth.domains.kubeflow import Store, adjusted, kustomization
from synth.kit.objects import Body, identity
from synth.kit.protection import protect
from synth.render.cache import Cache, tree_digest
from synth.render.documents import dump, load_all
from synth.render.upstream import release_objects
from tests.kubeflow.test_hydrated import differences
from tests.shared import kustomize

MIRROR, STORE = "mirror.example.com/all", Store("platform", "0.9.20")


@pytest.fixture
def commit(release_tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The commit of a local repository that stands in for upstream's."""
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", "-C", str(release_tree)]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "release"]):
        subprocess.run([*git, *command], check=True)
    config = tmp_path / "gitconfig"
    config.write_text(
        f'[url "file://{release_tree}"]\n\tinsteadOf = {REPOSITORY}\n'
        '[safe]\n\tdirectory = *\n[protocol "file"]\n\tallow = always\n'
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    return head.stdout.strip()


def test_the_reference_output_of_every_component_builds_to_the_hydrated_one(
    release_tree: Path, commit: str, tmp_path: Path, cache: Cache
) -> None:
    release = load_release("1.8.1")
    parts = release.enabled({"seldon": True, "user-namespace": False})
    upstream = release_objects(
        release, parts, release_tree, tree_digest(release_tree), kustomize(), cache
    )

    def built(part: Component) -> list[Body]:
        folder = tmp_path / part.name
        folder.mkdir()
        files = kustomization(release, part, registry=MIRROR, store=STORE, commit=commit)
        for name, body in files.items():
            (folder / name).write_text(dump(body))
        return load_all(kustomize().build(folder))

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        results = list(pool.map(built, parts))
    for part, ours in zip(parts, results, strict=True):
        hydrated = [protect(body) for body in adjusted(part, upstream[part.name], MIRROR, STORE)]
        left = {drift.object: {drift.pointer} for drift in part.drift}
        # What reference mode cannot do: images inside documents, and fields that the settings
        # of Argo CD keep quiet instead.
        for use in part.images:
            if use.kind == "document":
                left.setdefault(use.object, set()).add(use.pointer)
        for drift in part.drift:
            left[drift.object].add(drift.pointer)
        assert differences(ours, hydrated) == left, part.name
        assert {identity(body) for body in ours} == {identity(body) for body in hydrated}
