"""The only place that writes generated files.

A tree (`dist/prod`, `argocd/prod`, `argocd/settings`) remembers in a file `FILES` which files the
generator wrote there. Only those are ever replaced or removed; the record is widened before the
first write and narrowed after the last removal, so a process killed in between leaves whole files
that the next build still knows as its own.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

_LOG = logging.getLogger(__name__)
RECORD = "FILES"
_HEADER = "# The files that synth wrote here. It replaces and removes these and no others.\n"
_TEMPORARY = ".kfsynth-"


class ForeignFilesError(Exception):
    """Somebody else's files stand where generated ones belong."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self.paths = tuple(sorted(paths))
        super().__init__(self.paths)


@dataclass(frozen=True, slots=True)
class Difference:
    """What stands between a tree on disk and what it should be; paths relative to `root`.

    `foreign` are files that the generator did not write; while there are any, nothing may be.
    """

    root: Path
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    foreign: tuple[str, ...]
    leftover: tuple[str, ...]
    record: tuple[str, ...]
    recorded: tuple[str, ...]

    @property
    def in_place(self) -> bool:
        """Whether the tree is exactly as it should be."""
        return not (
            self.added or self.changed or self.removed or self.foreign or self.leftover
        ) and (self.record == self.recorded)


def compare(root: Path, files: Mapping[str, bytes]) -> Difference:
    """Reads the tree at `root` and says how it differs from `files`. Writes nothing."""
    recorded = read_record(root)
    ours = frozenset(recorded)
    present = dict(_walk(root))
    present.pop(RECORD, None)
    leftover = {name for name in present if name.rpartition("/")[2].startswith(_TEMPORARY)}
    added: list[str] = []
    changed: list[str] = []
    foreign: list[str] = []
    for name, content in files.items():
        if name not in present:
            added.append(name)
        elif not present[name]:
            foreign.append(name)  # a link or a special file is never ours
        elif (root / name).read_bytes() != content:
            (changed if name in ours else foreign).append(name)
    rest = present.keys() - files.keys() - leftover
    return Difference(
        root,
        added=tuple(sorted(added)),
        changed=tuple(sorted(changed)),
        removed=tuple(sorted(rest & ours)),
        foreign=tuple(sorted([*foreign, *(rest - ours)])),
        leftover=tuple(sorted(leftover)),
        record=tuple(sorted(files)),
        recorded=recorded,
    )


def apply(difference: Difference, files: Mapping[str, bytes]) -> None:
    """Makes the tree what `files` says; a file that is right already is not touched.

    Raises ForeignFilesError, before anything is written, where the difference names some.
    """
    if difference.foreign:
        raise ForeignFilesError(difference.root / name for name in difference.foreign)
    root = difference.root
    for name in difference.leftover:
        (root / name).unlink()
    ahead = tuple(sorted({*difference.recorded, *difference.record}))
    if ahead != difference.recorded:
        write_whole(root / RECORD, record_text(ahead))
    for name in difference.removed:
        (root / name).unlink()
        _LOG.debug("removed %s/%s", root, name)
        _prune((root / name).parent, root)
    for name in (*difference.added, *difference.changed):
        write_whole(root / name, files[name])
        _LOG.debug("wrote %s/%s", root, name)
    if not files:
        (root / RECORD).unlink(missing_ok=True)
        _prune(root, root.parent)
    elif ahead != difference.record:
        write_whole(root / RECORD, record_text(difference.record))


def read_record(root: Path) -> tuple[str, ...]:
    """The files that the generator wrote below `root`, sorted; empty where there is no record."""
    try:
        lines = (root / RECORD).read_text().splitlines()
    except FileNotFoundError:
        return ()
    return tuple(sorted({line for line in lines if line and not line.startswith("#")}))


def present_trees(folder: Path) -> list[str]:
    """The names of everything below `folder`, ours or not; empty folders, which a killed build
    may leave and git does not keep, are nothing.
    """
    if not folder.is_dir():
        return []
    return sorted(
        entry.name
        for entry in os.scandir(folder)
        if not entry.is_dir(follow_symlinks=False) or any(_walk(Path(entry.path)))
    )


def recorded_trees(folder: Path) -> list[str]:
    """The names of the trees below `folder` that the generator has written."""
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if (path / RECORD).is_file())


def record_text(names: Iterable[str]) -> bytes:
    """The content of the record of these files."""
    return (_HEADER + "".join(f"{name}\n" for name in names)).encode()


def _walk(root: Path, prefix: str = "") -> Iterator[tuple[str, bool]]:
    """Every file below `root` by relative path, and whether it is a regular file."""
    try:
        entries = list(os.scandir(root / prefix if prefix else root))
    except FileNotFoundError:
        return
    for entry in entries:
        name = f"{prefix}/{entry.name}" if prefix else entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(root, name)
        else:
            yield name, entry.is_file(follow_symlinks=False)


def write_whole(path: Path, content: bytes) -> None:
    """Writes a whole file or none: to a temporary one beside it, then renamed."""
    temporary = path.with_name(f"{_TEMPORARY}{os.getpid()}")
    try:
        handle = open(temporary, "wb")  # noqa: SIM115  # the folder may have to be made first
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = open(temporary, "wb")  # noqa: SIM115
    try:
        with handle:
            handle.write(content)
        os.replace(temporary, path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(path)  # who opens a file is told its name, who writes to it is not
        raise


def _prune(folder: Path, root: Path) -> None:
    """Removes folders that have become empty, from `folder` up to but not including `root`."""
    while folder != root:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def digests(root: Path) -> dict[str, str]:
    """The SHA-256 of every file below `root`, the record included, by relative path.

    Links and special files count as such, whatever they point to.
    """
    return {
        name: sha256((root / name).read_bytes()).hexdigest() if regular else "not a regular file"
        for name, regular in _walk(root)
    }
