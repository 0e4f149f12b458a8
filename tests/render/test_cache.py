"""The cache: never a wrong entry, and no need of one."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.render.cache import Cache
from synth.render.digests import digest, folder_digest
from synth.render.store import Store, StoreError
from tests.repository import ROOT


def test_what_is_put_is_got_again(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put("section", digest("key"), b"data")
    assert cache.get("section", digest("key")) == b"data"
    assert cache.get("other", digest("key")) is None


def test_a_damaged_entry_is_none_and_is_made_again(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put("section", "key", b"data")
    (tmp_path / "section" / "key").write_bytes(b"x" * 40)
    assert cache.made("section", "key", lambda: b"data") == b"data"
    assert cache.get("section", "key") == b"data"


def damage(path: Path, how: str) -> None:
    """What disks, other programs and other people do to a file."""
    content = path.read_bytes()
    path.write_bytes(
        {
            "empty": b"",
            "cut": content[:-1],
            "cut in the seal": content[:20],
            "longer": content + b"x",
            "flipped": content[:-1] + bytes([content[-1] ^ 1]),
            "without a seal": content[32:],
            "sealed as before": hashlib.sha256(content[32:]).digest() + content[32:],
        }[how]
    )


HOW = ["empty", "cut", "cut in the seal", "longer", "flipped", "without a seal", "sealed as before"]


@pytest.mark.parametrize("how", HOW)
def test_a_damaged_entry_is_dropped(tmp_path: Path, how: str) -> None:
    cache = Cache(tmp_path)
    cache.put("parts", "key", b"data")
    damage(tmp_path / "parts/key", how)
    assert cache.get("parts", "key") is None
    assert not (tmp_path / "parts/key").exists()


def test_an_entry_is_none_in_anothers_place(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put("parts", "one", b"data")
    cache.put("upstream", "one", b"other")
    (tmp_path / "parts/one").rename(tmp_path / "parts/two")
    (tmp_path / "upstream/one").rename(tmp_path / "parts/one")
    assert cache.get_all("parts", ["one", "two"]) == {"one": None, "two": None}


def test_an_entry_of_who_does_not_have_the_secret_is_dropped(tmp_path: Path) -> None:
    Cache(tmp_path).put("parts", "key", b"anybody's")
    Cache(tmp_path, secret=b"theirs").put("parts", "other", b"theirs")
    ours = Cache(tmp_path, secret=b"ours")
    assert ours.get_all("parts", ["key", "other"]) == {"key": None, "other": None}
    ours.put("parts", "key", b"ours")
    assert ours.get("parts", "key") == b"ours"


def test_what_was_not_used_for_the_longest_time_goes_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path, limit=3 * (32 + 100))
    for age, key in enumerate(["d", "c", "b", "a"]):
        cache.put("parts", key, bytes(100))
        os.utime(tmp_path / "parts" / key, (1000 + age, 1000 + age))
    cache.get("parts", "d")
    cache.trim()
    assert [entry.path.name for entry in cache.entries()] == ["b", "a", "d"]
    tree = tmp_path / "git/commit"
    (tree / "example").mkdir(parents=True)
    (tree / "example/file").write_bytes(bytes(300))
    cache.trim()
    assert [entry.path.name for entry in cache.entries()] == ["commit"]
    os.utime(tree, (1, 1))
    cache.put("parts", "e", bytes(100))
    cache.trim()
    assert [entry.path.name for entry in cache.entries()] == ["e"]
    assert os.listdir(tmp_path / "git") == []


def test_what_a_killed_writer_left_goes_once_it_is_old(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put("parts", "key", b"data")
    for name, when in ((".new", time.time()), (".old", time.time() - 100_000)):
        (tmp_path / "parts" / name).write_bytes(b"half")
        os.utime(tmp_path / "parts" / name, (when, when))
    assert [entry.path.name for entry in cache.entries()] == ["key"]
    assert sorted(os.listdir(tmp_path / "parts")) == [".new", "key"]


WRITER = """
import sys
from pathlib import Path
from synth.render.cache import Cache

folder, seed = Path(sys.argv[1]), int(sys.argv[2])
cache = Cache(folder, limit=20 * 10_032)
for turn in range(300):
    number = (seed * 7 + turn * 13) % 40
    content = bytes([number]) * 10_000
    assert cache.get("parts", str(number)) in (None, content)
    cache.put("parts", str(number), content)
    if turn % 50 == 0:
        cache.trim()
"""


def test_many_write_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    writers = [subprocess.Popen([*command, str(seed)], cwd=ROOT) for seed in range(4)]
    assert [each.wait() for each in writers] == [0, 0, 0, 0]
    assert not list(tmp_path.glob("parts/.*"))


def test_machines_share_a_store(tmp_path: Path) -> None:
    store = Store(f"file://{tmp_path}/shared")
    one, two = Cache(tmp_path / "one", store), Cache(tmp_path / "two", store)
    one.put("parts", "key", b"data")
    one.put("builds", "key", b"of this machine")
    assert two.get_all("parts", ["key", "none"]) == {"key": b"data", "none": None}
    assert two.get("builds", "key") is None
    (tmp_path / "shared/parts/key").unlink()
    assert two.get("parts", "key") == b"data"  # it has its own now


@pytest.mark.parametrize("how", HOW)
def test_a_damaged_entry_of_a_store_is_made_again(tmp_path: Path, how: str) -> None:
    store = Store(f"file://{tmp_path}/shared")
    Cache(tmp_path / "one", store).put("parts", "key", b"data")
    damage(tmp_path / "shared/parts/key", how)
    two = Cache(tmp_path / "two", store)
    assert two.made("parts", "key", lambda: b"data") == b"data"
    assert Cache(tmp_path / "three", store).get("parts", "key") == b"data"


def test_a_store_that_is_away_is_left_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "shared").write_text("no folder")
    cache = Cache(tmp_path / "one", Store(f"file://{tmp_path}/shared"))
    assert cache.made("parts", "key", lambda: b"data") == b"data"
    assert cache.made("parts", "other", lambda: b"data") == b"data"
    [said] = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert said.startswith(f"the cache at file://{tmp_path}/shared is left alone: ")


def test_a_store_of_no_kind() -> None:
    with pytest.raises(StoreError, match=r"^nothing://x: .*nothing"):
        Store("nothing://x")


def test_a_cache_that_cannot_be_written_is_no_cache(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = Cache(tmp_path / "file")
    cache.put("section", "key", b"data")
    assert cache.get("section", "key") is None


parts = st.lists(st.binary(max_size=5), max_size=5)


@given(parts, parts)
def test_a_digest_tells_every_list_of_parts_from_every_other(
    one: list[bytes], other: list[bytes]
) -> None:
    assert (digest(*one) == digest(*other)) == (one == other)


def test_a_folder_digest_sees_contents_names_and_moves(tmp_path: Path) -> None:
    def snapshot() -> str:
        return folder_digest(tmp_path, skip=lambda name: name == "skipped")

    seen = {snapshot()}
    (tmp_path / "a").write_text("1")
    seen.add(snapshot())
    (tmp_path / "a").write_text("2")
    seen.add(snapshot())
    (tmp_path / "a").rename(tmp_path / "b")
    seen.add(snapshot())
    (tmp_path / "c").symlink_to("nowhere")
    seen.add(snapshot())
    assert len(seen) == 5
    (tmp_path / "skipped").write_text("x")
    assert snapshot() in seen
