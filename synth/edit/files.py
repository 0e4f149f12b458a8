"""Changed environment files: tried on a copy first, then written whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from synth.config.load import Loaded
from synth.config.serving import Variant
from synth.edit.environment import Change, changes, rewritten
from synth.edit.text import EditError


class ChangedMeanwhileError(Exception):
    """Somebody else has written the file since it was read."""


class Rewrite(NamedTuple):
    """A file of an environment, as it is and as it should be."""

    name: str
    before: bytes
    after: bytes


def tried(
    root: Path,
    loaded: Loaded,
    wanted: Iterable[Change],
    reload: Callable[[Path], Loaded],
    right: Callable[[Loaded], bool],
) -> list[Rewrite]:
    """The environment's own files with the changes, where `right` agrees with what is read from a copy
    of all files with them.

    `reload` validates a folder of environment files, with whatever it raises, and loads the same
    environment from it. Raises EditError.
    """
    contents = {name: (root / name).read_bytes() for name in loaded.files}
    texts = {name: content.decode() for name, content in contents.items()}
    changed = rewritten(texts, wanted, loaded.inherits)
    rewrites = [Rewrite(name, contents[name], text.encode()) for name, text in changed.items()]
    if rewrites:
        with edited(root / "environments", rewrites) as folder:
            if not right(reload(folder)):
                names = " and ".join(each.name for each in rewrites)
                raise EditError(f"{names} cannot say this: edit it by hand")
    return rewrites


@contextmanager
def edited(environments: Path, rewrites: Iterable[Rewrite]) -> Iterator[Path]:
    """A copy of the folder of environment files, with these as they should be."""
    with TemporaryDirectory() as scratch:
        folder = Path(scratch, "environments")
        shutil.copytree(environments, folder)
        for each in rewrites:
            (folder.parent / each.name).write_bytes(each.after)
        yield folder


def write(root: Path, rewrites: Iterable[Rewrite]) -> None:
    """Writes files, each whole. Raises ChangedMeanwhileError for one that is not what it was."""
    for name, before, after in rewrites:
        _replace(root / name, before, after)


def set_variants(
    root: Path,
    loaded: Loaded,
    model: str,
    after: Sequence[Variant],
    reload: Callable[[Path], Loaded],
) -> str | None:
    """Gives a model of the environment these variants; the file that says so now, if any had to.

    `reload` is that of `tried`. Raises EditError and ChangedMeanwhileError; then nothing is written.
    """
    wanted = changes(model, variants_of(loaded, model), after)
    rewrites = tried(
        root, loaded, wanted, reload, lambda now: _set(variants_of(now, model)) == _set(after)
    )
    write(root, rewrites)
    return rewrites[0].name if rewrites else None


def variants_of(loaded: Loaded, model: str) -> tuple[Variant, ...]:
    """The variants of a model that is there."""
    return next(each.variants for each in loaded.environment.models if each.name == model)


def _set(variants: Iterable[Variant]) -> list[str]:
    return sorted(variant.model_dump_json() for variant in variants)


def _replace(path: Path, before: bytes, content: bytes) -> None:
    """Writes the whole file or nothing; only where it still is what it was."""
    path = path.resolve()
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        shutil.copymode(path, temporary)
        if path.read_bytes() != before:
            raise ChangedMeanwhileError(f"{path.name} has changed meanwhile: run this again")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
