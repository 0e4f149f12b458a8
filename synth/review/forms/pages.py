"""What pages for a browser are made with; they ask no network for anything."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined


def templates(folder: Path) -> Environment:
    """The templates in a folder; one that names what nobody gave it raises UndefinedError."""
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def source(text: str) -> str:
    """What a Content-Security-Policy lets in a style or a script of the page by: its digest."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
