"""What a picture shows, before anybody thinks of how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Kind = Literal["data", "run", "serve", "watch", "kubeflow", "platform"]
"""What colour a box has: Kafka and what is kept; what runs; models; who watches and is told;
Kubeflow's own; what all stand on."""


class Line(NamedTuple):
    """A line in a box, and the file behind it, from the repository's root, where there is one."""

    text: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """One thing, or several that stand in the same places. `caption` says what it is, `title` how it
    is called; `rank` is its column or row, from 0.
    """

    id: str
    caption: str
    title: Line
    lines: tuple[Line, ...]
    kind: Kind
    rank: int


@dataclass(frozen=True, slots=True)
class Arrow:
    """From one box to another, with a word beside it and the whole reason. One that `returns` goes
    against the others.
    """

    source: str
    target: str
    label: str
    reason: str
    returns: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """Boxes and arrows. `ranks` are what columns or rows are called, if they have names; `across`
    says that they follow each other from left to right, and not from top to bottom.
    """

    title: str
    description: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    ranks: tuple[str, ...] = ()
    across: bool = False
