"""Changed environment files: tried on a copy first, then written whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from synth.config.load import Loaded
from synth.config.serving import Variant
from synth.edit.environment import changes, edited, file_of
from synth.edit.text import EditError


class ChangedMeanwhileError(Exception):
    """Somebody else has written the file since it was read."""


def set_variants(
    root: Path,
    loaded: Loaded,
    model: str,
    after: Sequence[Variant],
    reload: Callable[[Path], Loaded],
) -> str | None:
    """Gives a model of the environment these variants; the file that says so now, if any had to.

    `reload` validates a folder of environment files, with whatever it raises, and loads the same
    environment from it. Raises EditError and ChangedMeanwhileError; then nothing is written.
    """
    contents = {name: (root / name).read_bytes() for name in loaded.files}
    texts = {name: content.decode() for name, content in contents.items()}
    name = file_of(model, texts)
    wanted = changes(model, variants_of(loaded, model), after)
    text = edited(texts[name], wanted, loaded.inherits)
    if text == texts[name]:
        return None
    with TemporaryDirectory() as scratch:
        folder = Path(scratch, "environments")
        shutil.copytree(root / "environments", folder)
        (folder.parent / name).write_bytes(text.encode())
        if _set(variants_of(reload(folder), model)) != _set(after):
            raise EditError(f"{name} cannot say this: edit it by hand")
    _replace(root / name, contents[name], text.encode())
    return name


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
