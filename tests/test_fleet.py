"""Many environments are built by several processes, and come out as one alone does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.repository import Repository

MANY = 32
"""Enough applications of our own for a process per core."""


def fleet(folder: Path, numbers: range) -> Repository:
    repository = Repository(folder)
    prod = (repository.root / "environments/prod.yaml").read_text()
    for path in (repository.root / "environments").glob("*.yaml"):
        if path.stem != "base":
            path.unlink()
    (repository.root / "overlays/prod").rename(repository.root / "overlays/base")
    for number in numbers:
        text = prod.replace("name: prod", f"name: prod-{number}")
        text = text.replace("https://prod.", f"https://prod-{number}.")
        text = text.replace("maxReplicas: 8", f"maxReplicas: {8 + number}")
        (repository.root / f"environments/prod-{number}.yaml").write_text(text)
    return repository


def built(repository: Repository, number: int) -> dict[str, bytes]:
    """What a process of its own builds, which may start others before there is a Node; none of them
    leaves anything behind.
    """
    temporary = repository.root.parent / f"temporary-{number}"
    temporary.mkdir()
    done = repository.apart("build", "-v", TMPDIR=str(temporary))
    assert done.returncode == 0, done.stderr
    assert not [*temporary.iterdir()]
    several = "applications are made by several processes" in done.stderr
    assert several == (number > 1 and (os.cpu_count() or 1) > 1)
    return repository.tree()


@pytest.mark.thorough
def test_an_environment_comes_out_of_a_fleet_as_it_does_alone(tmp_path: Path) -> None:
    together = built(fleet(tmp_path / "together", range(MANY)), MANY)
    alone = built(fleet(tmp_path / "alone", range(7, 8)), 1)
    assert {name.split("/")[1] for name in together if name.startswith("dist/")} == {
        f"prod-{number}" for number in range(MANY)
    }
    for top in ("dist", "argocd"):
        names = {name for name in together if name.startswith(f"{top}/prod-7/")}
        assert names == {name for name in alone if name.startswith(f"{top}/prod-7/")}
        assert all(together[name] == alone[name] for name in names)
