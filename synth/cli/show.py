"""`synth show ENV`: the effective configuration, with where every value was written."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import Any

from synth.cli.steps import mistakes, repository

Path = tuple[str, ...]


def run(options: argparse.Namespace) -> int:
    with mistakes():
        from synth.configuration import configuration

        loaded = configuration(repository(options), [options.environment])[options.environment]
    data = loaded.environment.model_dump(mode="json", by_alias=True, exclude_none=True)
    if options.output == "json":
        values = [
            {"path": list(path), "value": value, "source": loaded.written(*path)}
            for path, value in _leaves(data, ())
        ]
        print(json.dumps(values, indent=2, ensure_ascii=False))
        return 0
    lines = [
        ("  " * depth + text, f"  # {loaded.written(*path)}" if path else "")
        for depth, text, path in _lines(data, (), 0)
    ]
    width = max(len(text) for text, _ in lines)
    for text, comment in lines:
        print(f"{text:<{width}}{comment}".rstrip())
    return 0


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    children = list(_children(value, path))
    if not children:
        yield path, value
    for _, child, child_path in children:
        yield from _leaves(child, child_path)


def _lines(value: Any, path: Path, depth: int) -> Iterator[tuple[int, str, Path]]:
    """Depth, text and path of every line of YAML; a line that only opens a block has no path."""
    for label, child, child_path in _children(value, path):
        if not (child and isinstance(child, (dict, list))):
            yield depth, f"{label} {json.dumps(child, ensure_ascii=False)}", child_path
        elif label == "-":
            # An entry's first line stands behind its dash.
            (_, first, first_path), *rest = _lines(child, child_path, depth + 1)
            yield depth, f"- {first}", first_path
            yield from rest
        else:
            yield depth, label, ()
            yield from _lines(child, child_path, depth + 1)


def _children(value: Any, path: Path) -> Iterator[tuple[str, Any, Path]]:
    if isinstance(value, dict):
        for key, child in value.items():
            yield f"{key}:", child, (*path, key)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            name = child.get("name") if isinstance(child, dict) else None
            yield "-", child, (*path, name or str(index))
