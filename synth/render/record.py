"""What the last build of a repository was made from and what it wrote.

While neither has changed there is nothing to do, and that is found out here without reading one
environment file as YAML. Contents are compared, never times or sizes, which can lie.
"""

from __future__ import annotations

import json
import os
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import synth
from synth.project import Project
from synth.render.cache import Cache
from synth.render.digests import digest, folder_digest, tree_digest
from synth.render.emit import digests, present_trees

_SECTION = "builds"


@dataclass(frozen=True)
class Record:
    """`inputs` is the digest of everything in `inputs_digest`; `outside` holds the digests of what
    else was read (a local copy of upstream, the kustomize binary, sources of pipelines) by path;
    `environments` the key of each environment; `trees` the digests of every file of every tree,
    by the tree's path below the repository (`dist/prod`).
    """

    inputs: str
    outside: Mapping[str, str]
    environments: Mapping[str, str]
    trees: Mapping[str, Mapping[str, str]]


def code_digest() -> str:
    """Everything that computes: our own code and data, the interpreter, the packages installed."""
    site = sysconfig.get_paths()["purelib"]
    packages = sorted(name for name in os.listdir(site) if name.endswith(".dist-info"))
    code = folder_digest(Path(synth.__file__).parent, skip=lambda name: name == "__pycache__")
    return digest(sys.version, *packages, code)


def inputs_digest(project: Project, code: str) -> str:
    """Everything inside the repository, and of the process's surroundings, that a build reads;
    `code` is the digest of what computes.
    """
    return digest(
        code,
        folder_digest(project.environments),
        folder_digest(project.overlays),
        folder_digest(project.secrets),
        os.environ.get("KFSYNTH_UPSTREAM", ""),
        os.environ.get("PATH", ""),
    )


def outside_digest(path: Path) -> str:
    """What tells whether something outside the repository has changed: its content. A program is
    megabytes that are only replaced as a whole: its size and time do.
    """
    if path.is_file() and os.access(path, os.X_OK):
        status = path.stat()
        return f"{status.st_size} {status.st_mtime_ns}"
    return tree_digest(path)


def load(project: Project, cache: Cache) -> Record | None:
    """The record of the last complete build in this folder, if there is one."""
    data = cache.get(_SECTION, _key(project))
    return None if data is None else Record(**json.loads(data))


def save(project: Project, cache: Cache, record: Record) -> None:
    cache.put(_SECTION, _key(project), json.dumps(asdict(record)).encode())


def holds(project: Project, record: Record) -> bool:
    """Whether a build now would read what the recorded one read, and find what it wrote."""
    return (
        record.inputs == inputs_digest(project, code_digest())
        and all(outside_digest(Path(path)) == before for path, before in record.outside.items())
        and all(in_place(project, tree, record) for tree in record.trees)
        and _trees(project) == record.trees.keys()
    )


def in_place(project: Project, tree: str, record: Record) -> bool:
    """Whether a tree still holds exactly what the recorded build wrote."""
    return digests(project.root / tree) == record.trees.get(tree)


def _trees(project: Project) -> set[str]:
    return {
        f"{top}/{name}" for top in ("dist", "argocd") for name in present_trees(project.root / top)
    }


def _key(project: Project) -> str:
    return digest(str(project.root.resolve()))
