"""The bare limit: the same files from ready dictionaries, serialised and written, and nothing else.

    python -m benchmarks.limit --keep BUILT OBJECTS
    python -m benchmarks.limit --write OBJECTS FOLDER

The first makes OBJECTS, a pickle of bodies by path, of what a build has written. The second prints the
seconds that serialising by the fastest library at hand (ryaml) and writing each file beside its place and
renaming it took.
"""

from __future__ import annotations

import os
import pickle
import sys
import time
from pathlib import Path
from typing import Any

import ryaml

from synth.render.documents import load_all


def keep(built: str, objects: str) -> None:
    """Reads what a build has written, for `write`."""
    bodies = {
        str(path.relative_to(built)): load_all(path.read_text())[0]
        for top in ("dist", "argocd")
        for path in Path(built, top).rglob("*.yaml")
    }
    Path(objects).write_bytes(pickle.dumps(bodies))


def ready(objects: str | Path) -> dict[str, Any]:
    """What `keep` has kept: bodies by path."""
    kept: dict[str, Any] = pickle.loads(Path(objects).read_bytes())
    return kept


def write(objects: str, folder: str) -> None:
    """Serialises and writes, and says how long that took."""
    bodies = ready(objects)
    start = time.perf_counter()
    made = set()
    for name, body in bodies.items():
        path = f"{folder}/{name}"
        parent = os.path.dirname(path)
        if parent not in made:
            os.makedirs(parent, exist_ok=True)
            made.add(parent)
        temporary = f"{parent}/.temporary"
        with open(temporary, "wb") as file:
            file.write(ryaml.dumps(body).encode())
        os.replace(temporary, path)
    print(time.perf_counter() - start)


if __name__ == "__main__":
    {"--keep": keep, "--write": write}[sys.argv[1]](*sys.argv[2:])
