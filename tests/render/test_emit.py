"""Trees on disk: whole files or none, stale ones removed, other people's never touched."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from synth.render.emit import ForeignFilesError, apply, compare

FILES = {"a/x.yaml": b"x: 1\n", "y.yaml": b"y: 1\n"}


def write(root: Path, files: dict[str, bytes]) -> None:
    apply(compare(root, files), files)


def content(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and path.name != "FILES"
    }


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "dist" / "dev"


def test_a_tree_becomes_what_it_should_be_and_is_then_in_place(root: Path) -> None:
    write(root, FILES)
    assert content(root) == FILES
    assert compare(root, FILES).in_place


def test_an_unchanged_file_is_not_touched(root: Path) -> None:
    write(root, FILES)
    before = (root / "y.yaml").stat()
    write(root, {**FILES, "a/x.yaml": b"x: 2\n"})
    after = (root / "y.yaml").stat()
    assert (before.st_ino, before.st_ctime_ns) == (after.st_ino, after.st_ctime_ns)


def test_stale_files_and_the_folders_they_leave_empty_go(root: Path) -> None:
    write(root, FILES)
    write(root, {"y.yaml": b"y: 1\n"})
    assert content(root) == {"y.yaml": b"y: 1\n"}
    assert not (root / "a").exists()


def test_an_empty_tree_leaves_nothing(root: Path) -> None:
    write(root, FILES)
    write(root, {})
    assert not root.exists()


@pytest.mark.parametrize("name", ["notes.txt", "a/mine.yaml", "b/c/d.yaml"])
def test_a_foreign_file_stops_everything(root: Path, name: str) -> None:
    write(root, FILES)
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text("mine")
    with pytest.raises(ForeignFilesError) as caught:
        write(root, {"y.yaml": b"y: 2\n"})
    assert caught.value.paths == (root / name,)
    assert content(root) == {**FILES, name: b"mine"}


def test_a_foreign_file_where_ours_belongs_is_not_overwritten(root: Path) -> None:
    root.mkdir(parents=True)
    (root / "y.yaml").write_text("mine")
    with pytest.raises(ForeignFilesError):
        write(root, FILES)
    assert content(root) == {"y.yaml": b"mine"}


def test_a_link_is_not_followed(root: Path, tmp_path: Path) -> None:
    write(root, FILES)
    target = tmp_path / "target"
    target.write_bytes(b"y: 1\n")
    (root / "y.yaml").unlink()
    (root / "y.yaml").symlink_to(target)
    with pytest.raises(ForeignFilesError):
        write(root, {"y.yaml": b"y: 2\n"})
    assert target.read_bytes() == b"y: 1\n"


def test_a_hand_edit_and_a_deleted_file_are_put_right(root: Path) -> None:
    write(root, FILES)
    (root / "y.yaml").write_bytes(b"y: 2\n")
    (root / "a/x.yaml").unlink()
    difference = compare(root, FILES)
    assert (difference.added, difference.changed) == (("a/x.yaml",), ("y.yaml",))
    apply(difference, FILES)
    assert content(root) == FILES


def test_what_a_killed_build_left_is_ours(root: Path) -> None:
    """A record that is ahead of the files, and a temporary file."""
    write(root, FILES)
    (root / "y.yaml").unlink()
    (root / "a/.kfsynth-123").write_bytes(b"ha")
    write(root, {"a/x.yaml": b"x: 1\n"})
    assert content(root) == {"a/x.yaml": b"x: 1\n"}
    assert compare(root, {"a/x.yaml": b"x: 1\n"}).in_place


def test_a_file_that_cannot_be_written_is_named_and_stays_as_it_was(root: Path) -> None:
    write(root, FILES)
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4, usual[1]))
    try:
        with pytest.raises(OSError, match="File too large") as caught:
            write(root, {**FILES, "y.yaml": b"y: 1000\n"})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert caught.value.filename == str(root / "y.yaml")
    assert content(root) == FILES
