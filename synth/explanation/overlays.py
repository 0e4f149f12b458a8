"""The entries of overlays that an object, or a field of it, would be another one without."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from synth.app.overlays import overlay_name
from synth.config import source
from synth.config.load import plain
from synth.explanation.probe import Outcome, Probe
from synth.explanation.study import Laid as Folders
from synth.explanation.study import Variation
from synth.render.documents import dump
from synth.render.overlay import FILE
from synth.review.explain.answer import Laid
from synth.review.explain.fields import Way

_HEAD = ("apiVersion", "kind")
_WITHOUT_IT = (Outcome.OTHER, Outcome.NO_FIELD, Outcome.NO_OBJECT)


def laid_over(probe: Probe, way: Way = ()) -> Iterator[Laid]:
    """The entries that lay something over the field, or over the whole object; the overlay itself
    where no entry does by itself.
    """
    application = "" if probe.target.side else probe.target.application
    folders = probe.study.laid.get(application, ())
    for folder in folders:
        rest = [each for each in folders if each != folder]
        if not _matters(probe, way, {**probe.study.laid, application: rest}):
            continue
        name = f"{overlay_name(folder)}/{FILE}"
        with TemporaryDirectory(prefix="kfsynth-") as scratch:
            copy = Path(scratch) / folder.parent.name / folder.name
            shutil.copytree(folder, copy)
            instead = [copy if each == folder else each for each in folders]
            laid = {**probe.study.laid, application: instead}
            single = [
                entry
                for entry, less in _entries(folder, name)
                if (copy / FILE).write_text(dump(less)) and _matters(probe, way, laid)
            ]
        yield from single or [Laid(f"{name}:1", "")]


def _matters(probe: Probe, way: Way, laid: Folders) -> bool:
    return probe.outcome(way, Variation(laid=laid)) in _WITHOUT_IT


def _entries(folder: Path, name: str) -> Iterator[tuple[Laid, dict[str, Any]]]:
    """Every entry of an overlay's kustomization, and the kustomization without it."""
    tree, _ = source.parse(folder / FILE, name)
    data = _lists(plain(tree)) if tree else {}
    for key, node in tree.entries.items() if tree else ():
        if key in _HEAD:
            continue
        rest = {other: value for other, value in data.items() if other != key}
        if not isinstance(node, source.Sequence):
            yield Laid(f"{name}:{tree.keys[key].line}" if tree else name, key), rest
            continue
        for place, item in enumerate(node.items):
            less = [each for index, each in enumerate(data[key]) if index != place]
            file = _file(folder, plain(item))
            yield (
                Laid(
                    f"{name}:{item.mark.line}",
                    f"{key}[{place}]",
                    f"{overlay_name(folder)}/{file}" if file else "",
                ),
                {**rest, key: less},
            )


def _file(folder: Path, item: Any) -> str:
    """The file beside it that an entry names."""
    path = item.get("path") if isinstance(item, Mapping) else item
    there = isinstance(path, str) and "\n" not in path and (folder / path).is_file()
    return str(path) if there else ""


def _lists(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _lists(item) for key, item in value.items()}
    return [_lists(item) for item in value] if isinstance(value, tuple) else value
