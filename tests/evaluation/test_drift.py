"""How far one set of texts is from another."""

from __future__ import annotations

import random
from math import isfinite, log

import pytest
from evaluation.drift import drift, stability_index
from hypothesis import given
from hypothesis import strategies as st

COUNTS = st.lists(st.integers(0, 1000), min_size=1, max_size=20)


def test_the_index_is_what_its_definition_says() -> None:
    expected, actual = [499, 499], [249, 749]
    shares = (499.5 / 999, 249.5 / 999), (499.5 / 999, 749.5 / 999)
    assert stability_index(expected, actual) == pytest.approx(
        sum((a - e) * log(a / e) for e, a in shares)
    )


@given(COUNTS)
def test_equal_counts_are_not_apart(counts: list[int]) -> None:
    assert stability_index(counts, counts) == 0


@given(st.data())
def test_it_is_the_same_either_way_and_never_infinite(data: st.DataObject) -> None:
    one = data.draw(COUNTS)
    size = len(one)
    other = data.draw(st.lists(st.integers(0, 1000), min_size=size, max_size=size))
    index = stability_index(one, other)
    assert isfinite(index)
    assert index >= 0
    assert stability_index(other, one) == pytest.approx(index)


WORDS = [f"word{number}" for number in range(300)]


def texts(seed: int, count: int, *, words: list[str] = WORDS, longest: int = 20) -> list[str]:
    """Texts whose words are the more frequent the earlier they stand in the list."""
    draw = random.Random(seed)
    weights = [1 / (rank + 1) for rank in range(len(words))]
    return [
        " ".join(draw.choices(words, weights, k=draw.randint(1, longest))) for _ in range(count)
    ]


@pytest.mark.parametrize("seed", range(5))
def test_texts_from_one_source_are_not_apart(seed: int) -> None:
    """200 inputs are as few as an alert believes, 0.1 is where people begin to speak of drift."""
    found = drift(texts(seed, 2000), texts(seed + 100, 200))
    assert found.keys() == {"length", "words"}
    assert all(value < 0.1 for value in found.values()), found


@pytest.mark.parametrize("seed", range(5))
def test_other_words_and_longer_texts_are(seed: int) -> None:
    learned = texts(seed, 2000)
    other_words = drift(learned, texts(seed + 100, 200, words=WORDS[::-1]))
    assert other_words["words"] > 0.25
    assert other_words["length"] < 0.1
    longer = drift(learned, texts(seed + 100, 200, longest=40))
    assert longer["length"] > 0.25
    assert longer["words"] < 0.1


def test_case_and_punctuation_are_no_words() -> None:
    assert drift(["A fine day!"], ["a, fine... DAY"]) == {"length": 0, "words": 0}


@given(
    st.lists(st.text(), min_size=1, max_size=10),
    st.lists(st.text(), min_size=1, max_size=10),
    st.randoms(),
)
def test_any_texts_give_a_number_that_their_order_does_not_change(
    learned: list[str], asked: list[str], shuffle: random.Random
) -> None:
    found = drift(learned, asked)
    assert all(isfinite(value) and value >= 0 for value in found.values())
    shuffle.shuffle(learned)
    shuffle.shuffle(asked)
    assert drift(learned, asked) == pytest.approx(found)
