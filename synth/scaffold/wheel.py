"""The generator as a wheel, for repositories that bring the version that they are built with."""

from __future__ import annotations

import io
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import synth
from synth.documentation import pages

_TIME = (1980, 1, 1, 0, 0, 0)
"""Of every file: the same code is the same wheel, byte for byte."""
_ENTRY_POINTS = "[console_scripts]\nsynth = synth.__main__:program\n"
_WHEEL = "Wheel-Version: 1.0\nGenerator: kfsynth\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def wheel() -> tuple[str, bytes]:
    """The name and content of a wheel of the running package.

    What it needs is not in its metadata: it is pinned beside it. Source of the form:
    https://packaging.python.org/en/latest/specifications/binary-distribution-format/.
    """
    name = f"kfsynth-{synth.__version__}"
    info = f"{name}.dist-info"
    files = dict(sorted(_package()))
    metadata = f"Metadata-Version: 2.1\nName: kfsynth\nVersion: {synth.__version__}\n"
    for file, text in (
        ("METADATA", metadata),
        ("WHEEL", _WHEEL),
        ("entry_points.txt", _ENTRY_POINTS),
    ):
        files[f"{info}/{file}"] = text.encode()
    rows = [f"{path},{_digest(content)},{len(content)}" for path, content in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,", ""]).encode()
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(zipfile.ZipInfo(path, _TIME), content, zipfile.ZIP_DEFLATED)
    return f"{name}-py3-none-any.whl", data.getvalue()


def _package() -> Iterator[tuple[str, bytes]]:
    top = Path(synth.__file__).parent
    for path in top.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield str(path.relative_to(top.parent)), path.read_bytes()
    for path in pages().values():
        if not path.is_relative_to(top):
            yield f"{top.name}/docs/{path.name}", path.read_bytes()


def _digest(content: bytes) -> str:
    return f"sha256={urlsafe_b64encode(sha256(content).digest()).rstrip(b'=').decode()}"
