"""The cache: never a wrong entry, and no need of one."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from synth.render.cache import Cache, digest, folder_digest


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
