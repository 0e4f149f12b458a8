"""`synth cache`: what is kept, how much may be, and clearing it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.repository import Repository


def production(folder: Path) -> Repository:
    """The example without its other environments."""
    repository = Repository(folder)
    for name in ("dev", "staging"):
        (repository.root / f"environments/{name}.yaml").unlink()
    return repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return production(tmp_path)


def test_it_is_shown_and_cleared_and_a_build_comes_out_the_same(repository: Repository) -> None:
    before = repository.build()
    shown = json.loads(repository.synth("cache", "-o", "json").stdout)
    assert (shown["folder"], shown["limit"]) == (str(repository.cache), 4 * 2**30)
    kept = {each["name"]: each["entries"] for each in shown["sections"]}
    assert kept == {"builds": 1, "parts": 50, "pipelines": 1}
    head, columns, *rows = repository.synth("cache").stdout.splitlines()
    assert head.startswith(f"{repository.cache}: ")
    assert head.endswith(" MiB of at most 4096.0 MiB")
    assert columns.split() == ["SECTION", "ENTRIES", "SIZE", "LAST", "USED", "HOLDS"]
    assert [row.split()[0] for row in rows] == ["builds", "parts", "pipelines"]
    cleared = repository.synth("cache", "--clear", "parts").stderr
    assert cleared.startswith("50 entries are gone, ")
    assert list((repository.cache / "parts").iterdir()) == []
    assert repository.synth("cache", "--clear").stderr.startswith("2 entries are gone, ")
    assert repository.build() == before


def test_it_stays_within_the_limit(repository: Repository) -> None:
    before = repository.build(KFSYNTH_CACHE_LIMIT="100Ki")
    shown = json.loads(repository.synth("cache", "-o", "json").stdout)
    [parts] = [each["bytes"] for each in shown["sections"] if each["name"] == "parts"]
    assert 0 < parts <= 100 * 1024
    assert repository.build(KFSYNTH_CACHE_LIMIT="100Ki") == before


def test_machines_share_what_one_has_rendered(tmp_path: Path) -> None:
    shared = {
        "KFSYNTH_CACHE_STORE": f"file://{tmp_path}/shared",
        "KFSYNTH_CACHE_SECRET": "between us",
    }
    one, two = production(tmp_path / "one"), production(tmp_path / "two")
    built = one.build(**shared)
    told = two.synth("-v", "build", **shared).stderr
    assert "50 applications" not in told
    assert "47 applications are in the cache, 0 are not" in told
    assert "rendered in" not in told
    assert two.tree() == built
    other = production(tmp_path / "three")
    told = other.synth("-v", "build", **{**shared, "KFSYNTH_CACHE_SECRET": "of others"}).stderr
    assert "0 applications are in the cache, 47 are not" in told
    assert other.tree() == built


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("KFSYNTH_CACHE_LIMIT", "much", "'much' is not a quantity such as 500m, 2 or 64Gi\n"),
        ("KFSYNTH_CACHE_STORE", "nothing://x", "nothing://x: Protocol not known: nothing\n"),
    ],
)
def test_what_is_no_limit_and_no_store(
    repository: Repository, name: str, value: str, said: str
) -> None:
    done = repository.synth("build", **{name: value})
    assert (done.returncode, done.stderr) == (2, f"{name}: {said}")
    assert not (repository.root / "dist").exists()


def test_a_section_that_it_does_not_have(repository: Repository) -> None:
    done = repository.synth("cache", "--clear", "part")
    assert done.returncode == 2
    assert done.stderr.startswith("the cache has no section part (it can have: builds, git, ")


def test_explaining_leaves_sealed_entries_alone(repository: Repository) -> None:
    sealed = {"KFSYNTH_CACHE_SECRET": "between us"}
    repository.build(**sealed)
    before = sorted(repository.cache.rglob("*"))
    done = repository.synth("explain", "prod", "SeldonDeployment/sentiment", "-v", **sealed)
    assert done.returncode == 0
    assert "damaged" not in done.stderr
    assert set(before) <= set(repository.cache.rglob("*"))
