"""How an object reads before and after: its YAML in pieces, what is far from a difference apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

from synth.kit.objects import Body
from synth.render.documents import dump
from synth.review.comparison import FILE
from synth.review.values import Path

NEAR = 3
"""So many lines around a difference are shown with it."""

_ENTRY = "- "


class Piece(NamedTuple):
    """Lines that follow each other; of those that are `folded`, `keys` leads to what differs next."""

    what: Literal["same", "folded", "gone", "new"]
    lines: tuple[str, ...]
    keys: Path = ()


def pieces(before: Body | None, after: Body | None) -> list[Piece]:
    """Both sides of an object in one row of pieces; None where it is not there."""
    old, new = _lines(before), _lines(after)
    if before is None or after is None:
        return [Piece("new" if before is None else "gone", tuple(old or new))]
    old_keys, new_keys = list(_keys(old)), list(_keys(new))
    # A line is told by where it stands too: CRDs say `type: string` a thousand times.
    matcher = SequenceMatcher(
        None,
        list(zip(old_keys, old, strict=True)),
        list(zip(new_keys, new, strict=True)),
        autojunk=False,
    )
    found: list[Piece] = []
    for what, start, end, new_start, new_end in matcher.get_opcodes():
        if what == "equal":
            ahead = (*old_keys[end : end + 1], *new_keys[new_end : new_end + 1])
            found += _kept(new[new_start:new_end], not start, max(ahead, key=len, default=None))
            continue
        if start < end:
            found.append(Piece("gone", tuple(old[start:end])))
        if new_start < new_end:
            found.append(Piece("new", tuple(new[new_start:new_end])))
    return found


def _lines(body: Body | None) -> list[str]:
    if body is None:
        return []
    return (body["content"] if body["kind"] == FILE else dump(body)).splitlines()


def _kept(lines: Sequence[str], first: bool, keys: Path | None) -> Iterator[Piece]:
    """Lines that stay, those that are not near a difference folded away where that spares some.

    `first` where none is before them; `keys` are those of the difference behind them, if one is.
    """
    start = 0 if first else NEAR
    end = len(lines) - (NEAR if keys is not None else 0)
    if end - start < 2:
        yield Piece("same", tuple(lines))
        return
    if start:
        yield Piece("same", tuple(lines[:start]))
    yield Piece("folded", tuple(lines[start:end]), keys or ())
    if end < len(lines):
        yield Piece("same", tuple(lines[end:]))


def _keys(lines: Sequence[str]) -> Iterator[Path]:
    """The keys that every line stands below, as its indentation has it; an entry is a dash."""
    above: list[tuple[int, str]] = []
    for line in lines:
        text = line.lstrip(" ")
        depth = len(line) - len(text)
        while text and above and _closes(text, depth, *above[-1]):
            above.pop()
        yield tuple(key for _, key in above)
        while text.startswith(_ENTRY):
            above.append((depth, _ENTRY))
            text, depth = text[len(_ENTRY) :], depth + len(_ENTRY)
        if text:
            above.append((depth, text.partition(":")[0]))


def _closes(text: str, depth: int, other: int, key: str) -> bool:
    """Whether a line at a depth is not below a key; entries stand as deep as the key they belong to."""
    belongs = text.startswith(_ENTRY) and key != _ENTRY
    return other > depth or (other == depth and not belongs)
