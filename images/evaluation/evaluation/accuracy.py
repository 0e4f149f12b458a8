"""How often each version of a model was right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from evaluation.records import Feedback, Prediction


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How many predictions were made, how many of them were judged, and how many of these right."""

    made: int
    judged: int
    right: int

    @property
    def ratio(self) -> float:
        """The share of judged predictions that were right; `judged` must not be 0."""
        return self.right / self.judged


def accuracies(
    predictions: Iterable[Prediction], feedback: Iterable[Feedback]
) -> Mapping[str, Accuracy]:
    """By version. What was delivered twice counts once; of two verdicts the later one counts."""
    by_id = {each.id: each for each in predictions}
    truths = {each.id: each.truth for each in sorted(feedback, key=lambda each: each.time)}
    made = Counter(each.version for each in by_id.values())
    judged = Counter(each.version for each in by_id.values() if each.id in truths)
    right = Counter(
        each.version for each in by_id.values() if truths.get(each.id) == each.prediction
    )
    return {
        version: Accuracy(made[version], judged[version], right[version])
        for version in sorted(made)
    }
