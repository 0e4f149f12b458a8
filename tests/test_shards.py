"""Machines that share the work come to what one alone comes to."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.shard import Shard
from tests.repository import Repository

TWIN = """\
name: twin
gitops: {repoURL: "https://git.example.com/ml/platform.git"}
cluster: {server: "https://prod.k8s.example.com", kubernetes: "1.27"}
teams: [{name: vision, owner: vision-lead@example.com}]
"""


def fleet(folder: Path) -> Repository:
    """The example, with another environment on the cluster of prod and what was built of a third one
    that is no more.
    """
    repository = Repository(folder)
    (repository.root / "environments/twin.yaml").write_text(TWIN)
    gone = repository.root / "dist/gone"
    gone.mkdir(parents=True)
    (gone / "FILES").write_text("old.yaml\n")
    (gone / "old.yaml").write_text("kind: ConfigMap\n")
    return repository


def shards(number: int) -> list[tuple[str, str]]:
    return [("--shard", f"{each}/{number}") for each in range(1, number + 1)]


@pytest.mark.parametrize("number", [2, pytest.param(5, marks=pytest.mark.thorough)])
def test_together_they_write_what_one_alone_does(tmp_path: Path, number: int) -> None:
    alone = fleet(tmp_path / "alone")
    before = alone.tree()
    whole = alone.build()
    union: dict[str, bytes] = {}
    removed: set[str] = set()
    for place, shard in enumerate(shards(number)):
        # Every machine begins with the same files, and sees nothing of the others.
        machine = fleet(tmp_path / str(place))
        done = machine.apart("build", *shard)
        assert done.returncode == 0, done.stderr
        tree = machine.tree()
        written = {name: content for name, content in tree.items() if before.get(name) != content}
        assert not union.keys() & written.keys()
        union.update(written)
        removed.update(before.keys() - tree.keys())
    assert union == whole
    assert removed == before.keys()


def test_each_checks_its_own(tmp_path: Path) -> None:
    repository = fleet(tmp_path)
    repository.build()
    changed = next((repository.root / "dist/staging").rglob("*.yaml"))
    changed.write_text("")
    shutil.copytree(repository.root / "dist/dev", repository.root / "dist/another")
    done = [repository.synth("check", *shard) for shard in shards(3)]
    said = [each.stdout for each in done]
    assert said.count(f"differs: {changed.relative_to(repository.root)}\n") == 1
    assert said[0].count("stale: dist/another/") == len(said[0].splitlines()) - 1 > 1
    assert said[0].count("differs: dist/another/FILES\n") == 1
    assert said.count("") == 1
    assert [each.returncode for each in done] == [1 if text else 0 for text in said]


def test_what_a_rule_forbids_stops_the_shard_that_has_it(tmp_path: Path) -> None:
    repository = fleet(tmp_path)
    repository.edit("environments/staging.yaml", 'kubernetes: "1.26"', 'kubernetes: "1.21"')
    codes = {repository.synth("build", *shard).returncode for shard in shards(3)}
    assert codes == {0, 2}


def test_what_cannot_be_read_stops_all(tmp_path: Path) -> None:
    repository = fleet(tmp_path)
    repository.edit("environments/twin.yaml", "teams:", "team:")
    done = [repository.synth("build", *shard) for shard in shards(2)]
    assert [each.returncode for each in done] == [2, 2]
    assert done[0].stderr == done[1].stderr


@pytest.mark.parametrize("text", ["0/2", "3/2", "2", "1/2/3", "-1/2", "a/b"])
def test_what_is_no_shard(tmp_path: Path, text: str) -> None:
    done = Repository(tmp_path).synth("build", f"--shard={text}")
    assert done.returncode == 2
    assert done.stderr.endswith(
        f"error: argument --shard: {text} is no shard; 2/8 is the second of eight\n"
    )


def test_names_and_a_shard(tmp_path: Path) -> None:
    done = Repository(tmp_path).synth("check", "--shard", "1/2", "prod")
    assert done.returncode == 2
    assert done.stderr.endswith("--shard says which environments, and so does ENV: one of them\n")


CLUSTERS = st.dictionaries(
    st.text("abc", min_size=1, max_size=4), st.sampled_from(["one", "two", "three", "four"])
)


@given(CLUSTERS, st.integers(1, 6), st.randoms())
def test_every_environment_is_in_one_share_with_those_of_its_cluster(
    clusters: dict[str, str], number: int, random: Random
) -> None:
    shares = [Shard(each, number).environments(clusters) for each in range(1, number + 1)]
    assert sorted(name for share in shares for name in share) == sorted(clusters)
    homes = [{clusters[name] for name in share} for share in shares]
    assert sum(map(len, homes)) == len(set(clusters.values()))
    names = list(clusters)
    random.shuffle(names)
    assert [
        Shard(each, number).environments({name: clusters[name] for name in names})
        for each in range(1, number + 1)
    ] == shares


@given(st.integers(0, 40), st.integers(1, 9))
def test_shares_are_even(size: int, number: int) -> None:
    clusters = {f"env-{each}": f"cluster-{each}" for each in range(size)}
    sizes = [len(Shard(each, number).environments(clusters)) for each in range(1, number + 1)]
    assert max(sizes) - min(sizes) <= 1
