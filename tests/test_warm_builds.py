"""After any edits, a warm build equals a cold one: nothing it keeps can lie."""

from __future__ import annotations

import os
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from synth.catalog.kubeflow import load_release
from tests.repository import ROOT, Repository
from tests.trimmed import keep_models

OBJECTS = "objects.yaml"
KUSTOMIZE = f"""#!/bin/sh
# Stands in for Kustomize: a kustomization's objects are those written beside its resources.
if [ "$1" = version ]; then echo v5.5.0; exit; fi
echo "$2" >> "${{0%/*}}/builds"
sed -n 's/^ *- //p' "$2/kustomization.yaml" | while read -r path; do
  if [ -f "$2/$path/{OBJECTS}" ]; then cat "$2/$path/{OBJECTS}"; fi
done
"""
NAMESPACE = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: %s, labels: {edited: '%d'}}\n"


class Edited(Repository):
    """A repository with a hydrated environment, a small upstream and code of its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        keep_models(self.root / "environments")
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
            for name in ("environments", "overlays", "pipelines"):
                shutil.copytree(kept / name, self.root / name)
            return self.build(KFSYNTH_CACHE=str(folder / "cache"))
        finally:
            self.root = kept


def weight(repository: Edited, dice: random.Random) -> None:
    canary = dice.randrange(1, 100)
    path = repository.root / "environments/prod.yaml"
    weights = iter((100 - canary, canary))
    path.write_text(re.sub(r"(?<=traffic: )\d+", lambda _: str(next(weights)), path.read_text()))


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
    path = repository.code / "synth/domains/serving/seldon/access.py"
    text = path.read_text().partition("# last\n")[0]
    path.write_text(f'{text}# last\nINGRESS_GATEWAY = "model-{dice.randrange(5)}"\n')


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


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(each, marks=pytest.mark.thorough) for each in range(1, len(EDITS)))]
)
def test_a_warm_build_equals_a_cold_one(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    repository = Edited(tmp_path)
    repository.build()
    # Every kind of edit over the seeds, together with another.
    edits = (EDITS[seed], dice.choice(EDITS))
    for number, edit in enumerate(edits):
        edit(repository, dice)
        dice.choice(EDITS)(repository, dice)
        assert repository.build() == repository.cold(tmp_path / f"cold-{number}"), edit.__name__
        assert repository.synth("check").returncode == 0


def test_a_release_is_built_once_however_many_environments_use_it(tmp_path: Path) -> None:
    repository = Edited(tmp_path)
    for name in ("dev", "prod"):
        repository.edit(
            f"environments/{name}.yaml",
            "extends: base\n",
            f"extends: base\nkubeflow: {{source: hydrated, upstream: {repository.upstream}}}\n",
        )
    # Dev has images of its own, and nothing else is different in Kubeflow.
    repository.edit(
        "environments/dev.yaml", "name: dev\n", "name: dev\nregistry: dev.example.com\n"
    )
    (repository.root / "overlays/prod/kubeflow-centraldashboard").rename(tmp_path / "overlay")
    (repository.root / "overlays/prod").rmdir()
    repository.build()
    builds = (repository.programs / "builds").read_text().splitlines()
    assert len(builds) == 3, "upstream's defaults in two runs, and Seldon, which is optional"


def test_without_kustomize_the_message_says_how_to_get_it(tmp_path: Path) -> None:
    repository = Edited(tmp_path)
    (repository.programs / "kustomize").write_text("#!/bin/sh\necho v4.0.0\n")
    done = repository.synth("build", PATH=f"{repository.programs}")
    assert (done.returncode, done.stderr) == (
        2,
        "Kustomize 5.5.0 or 5.7.0 or 5.8.1 is needed, kustomize build is 4.0.0: "
        "go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.1\n",
    )
