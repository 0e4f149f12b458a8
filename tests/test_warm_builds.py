"""After any edits, a warm build equals a cold one: nothing it keeps can lie."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from synth.catalog.kubeflow import load_release
from tests.repository import ROOT, Repository

OBJECTS = "objects.yaml"
KUSTOMIZE = f"""#!/bin/sh
# Stands in for Kustomize: a kustomization's objects are those written beside its resources.
if [ "$1" = version ]; then echo v5.5.0; exit; fi
sed -n 's/^ *- //p' "$2/kustomization.yaml" | while read -r path; do
  if [ -f "$2/$path/{OBJECTS}" ]; then cat "$2/$path/{OBJECTS}"; fi
done
"""
NAMESPACE = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: %s, labels: {edited: '%d'}}\n"


class Edited(Repository):
    """A repository with a hydrated environment, a small upstream and code of its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.code, self.upstream = folder / "code", folder / "upstream"
        shutil.copytree(
            ROOT / "synth", self.code / "synth", ignore=shutil.ignore_patterns("__pycache__")
        )
        self.write_upstream(0)
        self.programs = folder / "bin"
        self.programs.mkdir()
        (self.programs / "kustomize").write_text(KUSTOMIZE)
        (self.programs / "kustomize").chmod(0o755)
        self.edit(
            "environments/staging.yaml",
            "extends: base\n",
            f"extends: base\nkubeflow: {{source: hydrated, upstream: {self.upstream}}}\n",
        )

    def write_upstream(self, number: int) -> None:
        """One object in each of two components, which two runs of Kustomize build."""
        components = load_release("1.8.1").components
        (self.upstream / "example").mkdir(parents=True, exist_ok=True)
        (self.upstream / "example/kustomization.yaml").write_text("resources: []\n")
        for component, name in (("cert-manager", "cert-manager"), ("dex", "auth")):
            folder = self.upstream / components[component].path
            folder.mkdir(parents=True, exist_ok=True)
            (folder / OBJECTS).write_text(NAMESPACE % (name, number))

    def surroundings(self) -> dict[str, str]:
        path = f"{self.programs}{os.pathsep}{os.environ['PATH']}"
        return {**super().surroundings(), "PATH": path}

    def cold(self, folder: Path) -> dict[str, bytes]:
        """What a first build of the same sources comes to."""
        self.root, kept = folder / "repository", self.root
        try:
            for name in ("environments", "overlays"):
                shutil.copytree(kept / name, self.root / name)
            return self.build(KFSYNTH_CACHE=str(folder / "cache"))
        finally:
            self.root = kept


def weight(repository: Edited, dice: random.Random) -> None:
    canary = dice.randrange(1, 100)
    path = repository.root / "environments/prod.yaml"
    lines = path.read_text().splitlines()
    stable, other = (n for n, line in enumerate(lines) if "traffic:" in line)
    lines[stable], lines[other] = f"        traffic: {100 - canary}", f"        traffic: {canary}"
    path.write_text("\n".join(lines) + "\n")


def quota(repository: Edited, dice: random.Random) -> None:
    path = repository.root / "environments/base.yaml"
    text = path.read_text().partition("# last\n")[0]
    path.write_text(f"{text}# last\nregistry: mirror-{dice.randrange(3)}.example.com\n")


def component(repository: Edited, dice: random.Random) -> None:
    path = repository.root / "environments/dev.yaml"
    text = path.read_text().partition("# last\n")[0]
    state = dice.choice(("true", "false"))
    path.write_text(f"{text}# last\nkubeflow: {{components: {{knative-eventing: {state}}}}}\n")


def overlay(repository: Edited, dice: random.Random) -> None:
    path = repository.root / "overlays/prod/kubeflow-centraldashboard/links.json"
    path.write_text(f'{{"edited": {dice.randrange(5)}}}\n')


def upstream(repository: Edited, dice: random.Random) -> None:
    repository.write_upstream(dice.randrange(5))


def code(repository: Edited, dice: random.Random) -> None:
    path = repository.code / "synth/domains/serving/seldon.py"
    text = path.read_text().partition("# last\n")[0]
    path.write_text(f'{text}# last\nUNIT = "model-{dice.randrange(5)}"\n')


def output(repository: Edited, dice: random.Random) -> None:
    """An edit by hand that keeps size and time."""
    path = dice.choice(sorted((repository.root / "dist").rglob("*.yaml")))
    times, text = path.stat(), path.read_text()
    path.write_text(text.replace("a", "b"))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def lost(repository: Edited, dice: random.Random) -> None:
    dice.choice(sorted((repository.root / "dist").rglob("*.yaml"))).unlink()


def cache(repository: Edited, dice: random.Random) -> None:
    path = dice.choice(sorted(path for path in repository.cache.rglob("*") if path.is_file()))
    data = path.read_bytes()
    path.write_bytes(data[: dice.randrange(len(data))])


EDITS: tuple[Callable[[Edited, random.Random], None], ...] = (
    weight, quota, component, overlay, upstream, code, output, lost, cache,
)  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_a_warm_build_equals_a_cold_one(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    repository = Edited(tmp_path)
    repository.build()
    # Every kind of edit over the seeds, alone and together with another.
    edits = [*EDITS[seed::4], *dice.sample(EDITS, 2)]
    for number, edit in enumerate(edits):
        edit(repository, dice)
        dice.choice(EDITS)(repository, dice)
        assert repository.build() == repository.cold(tmp_path / f"cold-{number}"), edit.__name__
        assert repository.synth("check").returncode == 0
