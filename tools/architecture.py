"""docs/architecture.md: the tree of the generator with a phrase behind every file, its own docstring."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
_HEAD = """\
# The generator, file by file

Made from the files' own first lines by `make reference`. Data flows one way: environment files are loaded and
merged (`config/`), become applications (`app/`) of constructs (`domains/`), are collected, laid over, checked
(`render/`, `rules/`) and written; [CONTRIBUTING.md](../CONTRIBUTING.md) says which room may import which.

```
"""
_PHRASE = 40
"""Where phrases begin, in characters, unless a name is longer."""


def page() -> str:
    """The whole page."""
    top = ROOT / "synth"
    lines = [_line("synth/", _said(top / "__init__.py")), *_tree(top, "  ")]
    return _HEAD + "\n".join(lines) + "\n```\n"


def _tree(folder: Path, indent: str) -> Iterator[str]:
    entries = sorted(folder.iterdir(), key=lambda path: (path.is_dir(), path.name))
    for path in entries:
        if path.suffix == ".py" and path.name != "__init__.py":
            yield _line(f"{indent}{path.name}", _said(path))
        elif path.is_dir() and any(path.rglob("*.py")):
            yield _line(f"{indent}{path.name}/", _said(path / "__init__.py"))
            yield from _tree(path, f"{indent}  ")


def _line(name: str, phrase: str) -> str:
    return f"{name.ljust(_PHRASE)} {phrase}".rstrip()


def _said(path: Path) -> str:
    """The first sentence of a module's docstring, on one line; empty where it has none."""
    if not path.is_file():
        return ""
    text = ast.get_docstring(ast.parse(path.read_text())) or ""
    return " ".join(text.partition("\n\n")[0].split()).removesuffix(".")


if __name__ == "__main__":
    PAGE.write_text(page())
