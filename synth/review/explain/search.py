"""Which of many values something depends on, found by changing them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Try = Callable[[Sequence[Item]], bool | None]
"""Whether the result is another one with these changed together; None where that says nothing."""


def influences(items: Sequence[Item], differs: Try[Item]) -> list[Item]:
    """The items that make a difference, each by itself.

    Halves of halves are tried together, so that a few among many are found in few tries.
    """
    different = differs(items) if items else False
    if different is False or len(items) == 1:
        return list(items) if different else []
    middle = len(items) // 2
    return influences(items[:middle], differs) + influences(items[middle:], differs)
