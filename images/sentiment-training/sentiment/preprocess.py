"""Comments become three files: to train with, to choose settings with, and held out to judge by.

Where a comment goes hangs on its id and the seed alone, so that it goes there again in the next run
whatever else is in the data: what was held out stays held out.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sentiment.comments import Comment, read, write

Part = Literal["train", "validation", "held_out"]
PARTS: tuple[tuple[Part, float], ...] = (("train", 0.7), ("validation", 0.15), ("held_out", 0.15))
"""Parts and the share of each."""


class TooLittleError(Exception):
    """There is not enough to train with; the message says of what."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the comments; `repeated` are those that a later one with the same id replaces."""

    train: int
    validation: int
    held_out: int
    unlabelled: int
    repeated: int


def preprocess(
    comments: Path, *, seed: int, least: int, train: Path, validation: Path, held_out: Path
) -> Counts:
    """Writes the three files. Raises TooLittleError with fewer labelled comments than `least`, or where a
    part has fewer than two labels or one that was not trained with.
    """
    everything = list(read(comments))
    latest = {each.id: each for each in everything}
    labelled = [each for each in latest.values() if each.label is not None]
    if len(labelled) < least:
        raise TooLittleError(
            f"{len(labelled)} comments have a label, and {least} are needed: wait for more of them, or "
            "fetch from the beginning"
        )
    parts: dict[Part, list[Comment]] = {name: [] for name, _ in PARTS}
    for each in sorted(labelled, key=lambda each: each.id):
        parts[part_of(each.id, seed)].append(each)
    _complete(parts)
    paths: dict[Part, Path] = {"train": train, "validation": validation, "held_out": held_out}
    for name, path in paths.items():
        write(path, parts[name])
    sizes = {name: len(found) for name, found in parts.items()}
    return Counts(
        **sizes,
        unlabelled=len(latest) - len(labelled),
        repeated=len(everything) - len(latest),
    )


def part_of(identity: str, seed: int) -> Part:
    """Where the comment with this id goes."""
    digest = hashlib.sha256(f"{seed}/{identity}".encode(errors="surrogatepass")).digest()
    place = int.from_bytes(digest[:8]) / 2**64
    for name, share in PARTS:
        place -= share
        if place < 0:
            return name
    return PARTS[-1][0]


def _complete(parts: dict[Part, list[Comment]]) -> None:
    known = labels(parts["train"])
    for name, comments in parts.items():
        found = labels(comments)
        if len(found) < 2 or not found.keys() <= known.keys():
            said = ", ".join(f"{count} {label}" for label, count in sorted(found.items())) or "none"
            trained = ", ".join(sorted(known)) or "none"
            raise TooLittleError(
                f"labels of the part {name}: {said}; two at least are needed, and only those that are "
                f"trained with ({trained})"
            )


def labels(comments: Iterable[Comment]) -> Counter[str]:
    """How often each label is given."""
    return Counter(each.label for each in comments if each.label is not None)
