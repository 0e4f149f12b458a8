"""Whether two tools have made the same data: every object, whatever file or stream it stands in."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from synth.render.documents import load_all


def objects(place: Path) -> Iterator[Any]:
    """The objects of a folder of files, or of a stream; JSON or YAML, one or a list."""
    paths = [place] if place.is_file() else sorted(place.rglob("*"))
    for path in paths:
        if path.is_file() and path.suffix in (".yaml", ".yml", ".json", ".stream"):
            text = path.read_text()
            found = json.loads(text) if text.startswith(("{", "[")) else load_all(text)
            yield from found if isinstance(found, list) else [found]


def check_same(name: str, ours: Iterable[Any], theirs: Iterable[Any]) -> None:
    """Ends the program where they differ, with an object that only one has."""
    mine, other = (Counter(map(_canonical, each)) for each in (ours, theirs))
    if mine != other:
        missing, more = next(iter(mine - other), ""), next(iter(other - mine), "")
        sys.exit(
            f"{name} has made other data: {sum((mine - other).values())} objects are not there, "
            f"{sum((other - mine).values())} are more, such as\n{missing}\nand\n{more}"
        )


def _canonical(body: Any) -> str:
    return json.dumps(body, sort_keys=True)
