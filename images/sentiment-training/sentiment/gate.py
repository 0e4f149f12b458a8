"""Whether a model is good enough to be registered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Known:
    """A version that is registered already, and its accuracy on the comments that were held out now."""

    version: int
    accuracy: float


@dataclass(frozen=True, slots=True)
class Gate:
    """The least accuracy, and how much lower than the version before it may be; both of 1."""

    least: float
    largest_drop: float

    def __post_init__(self) -> None:
        for name, value in (("least", self.least), ("largest drop", self.largest_drop)):
            if not 0 <= value <= 1:
                raise ValueError(f"the {name} is {value}, must be within 0-1")

    def objections(self, accuracy: float, before: Known | None) -> Sequence[str]:
        """What speaks against a model; nothing where it is good enough."""
        found = []
        if accuracy < self.least:
            found.append(f"its accuracy is {accuracy:.4f}, must be at least {self.least:g}")
        if before and accuracy < before.accuracy - self.largest_drop:
            found.append(
                f"its accuracy is {accuracy:.4f}, and version {before.version} has {before.accuracy:.4f} on "
                f"the same comments: it may be {self.largest_drop:g} lower at most"
            )
        return found
