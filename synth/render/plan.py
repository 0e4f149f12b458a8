"""Objects → files. Pure: which object stands in which file depends on that object alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from synth.kit.names import bounded
from synth.kit.objects import Body, Identity, identity
from synth.render.documents import dump

MAX_STEM = 200
"""Longer file names are cut and hashed; file systems bound a name at 255 bytes."""

_UNSAFE = re.compile(r"[^a-z0-9.-]")


class PlanConflictError(Exception):
    """Two objects or files want the same place."""


def file_name(object_: Identity) -> str:
    """The file of an object below its application's folder.

    `nlp/seldondeployment.machinelearning.seldon.io-sentiment.yaml`; cluster-scoped objects have
    no folder. Characters that a file system may refuse or fold, capitals among them, are
    percent-encoded.
    """
    stem = bounded(f"{object_.group_kind.lower()}-{_encoded(object_.name)}", MAX_STEM)
    folder = f"{_encoded(object_.namespace)}/" if object_.namespace else ""
    return f"{folder}{stem}.yaml"


def plan(objects: Iterable[Body]) -> dict[str, bytes]:
    """The files of one application's objects, by path below the application's folder.

    Raises PlanConflictError where two objects have one identity, or their files one name on a file
    system that ignores case.
    """
    taken: dict[str, Identity] = {}
    files: dict[str, bytes] = {}
    for body in objects:
        this = identity(body)
        name = file_name(this)
        other = taken.setdefault(name.casefold(), this)
        if other is not this:
            what = (
                f"{this} is there twice" if other == this else f"{other} and {this} share one file"
            )
            raise PlanConflictError(f"{name}: {what}")
        files[name] = dump(body).encode()
    return files


def below(folder: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The same files one folder deeper."""
    return {f"{folder}/{name}": content for name, content in files.items()}


def _encoded(name: str) -> str:
    return _UNSAFE.sub(lambda match: "".join(f"%{byte:02x}" for byte in match[0].encode()), name)
