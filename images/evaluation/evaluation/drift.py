"""How far what a model is asked is from what it learned from.

The population stability index of two distributions over the same bins is Σ (a − e) · ln(a / e), the
symmetrised Kullback–Leibler divergence: 0 for equal ones. It is taken of the length of texts, in
tenths of the training data, and of the words, the most frequent ones of the training data each for
itself and all others together. Without any drift it comes to about (bins − 1) · (1/n + 1/m) for n
and m draws, 0.05 for 200 texts: little below 0.1, which is where people begin to speak of drift.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from math import log

TENTHS = 10
WORDS = 50
"""How many words count for themselves."""
_WORD = re.compile(r"\w+")


def drift(learned: Sequence[str], asked: Sequence[str]) -> Mapping[str, float]:
    """The population stability index of each feature of the texts; neither may be empty."""
    ours, theirs = [_words(text) for text in learned], [_words(text) for text in asked]
    return {"length": _of_lengths(ours, theirs), "words": _of_words(ours, theirs)}


def stability_index(expected: Sequence[int], actual: Sequence[int]) -> float:
    """The population stability index of two counts over the same bins.

    Half a draw more in each bin keeps one that is empty on one side from being infinitely far away.
    """
    return sum(
        (a - e) * log(a / e) for e, a in zip(_shares(expected), _shares(actual), strict=True)
    )


def _shares(counts: Sequence[int]) -> list[float]:
    total = sum(counts) + len(counts) / 2
    return [(count + 0.5) / total for count in counts]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _of_lengths(learned: Sequence[Sequence[str]], asked: Sequence[Sequence[str]]) -> float:
    ordered = sorted(map(len, learned))
    # Lengths are whole numbers: where many are equal, there are fewer bins.
    edges = sorted({ordered[len(ordered) * tenth // TENTHS] for tenth in range(1, TENTHS)})

    def counts(texts: Sequence[Sequence[str]]) -> list[int]:
        bins = Counter(bisect_right(edges, len(text)) for text in texts)
        return [bins[number] for number in range(len(edges) + 1)]

    return stability_index(counts(learned), counts(asked))


def _of_words(learned: Sequence[Sequence[str]], asked: Sequence[Sequence[str]]) -> float:
    known = Counter(word for text in learned for word in text)
    # Words of equal frequency have an order of their own, so that the same texts give the same.
    frequent = sorted(known, key=lambda word: (-known[word], word))[:WORDS]

    def counts(words: Counter[str]) -> list[int]:
        own = [words[word] for word in frequent]
        return [*own, words.total() - sum(own)]

    return stability_index(counts(known), counts(Counter(w for text in asked for w in text)))
