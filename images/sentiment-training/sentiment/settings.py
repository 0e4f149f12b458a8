"""What can be different between the trainings of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import TypeGuard


@dataclass(frozen=True, slots=True)
class Settings:
    """How many words in a row count as a feature, at most, and the inverse of the regularisation's
    strength (C of scikit-learn's LogisticRegression).
    """

    words: int
    strength: float

    @classmethod
    def parsed(cls, said: Mapping[str, object]) -> Settings:
        """Settings of a run's parameters, {"words": 2, "strength": 10}. Raises ValueError."""
        if said.keys() != {"words", "strength"}:
            raise ValueError(f"settings are words and strength, not {', '.join(sorted(said))}")
        words, strength = said["words"], said["strength"]
        if not _number(words) or words not in (1, 2, 3):
            raise ValueError(f"words is {words!r}, must be 1, 2 or 3")
        if not _number(strength) or not 0 < strength < inf:
            raise ValueError(f"strength is {strength!r}, must be a number above 0")
        return cls(int(words), float(strength))


def _number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
