"""How often a version was right, whatever order and however often things are delivered."""

from __future__ import annotations

import json
from typing import Any

import pytest
from evaluation.accuracy import Accuracy, accuracies
from evaluation.records import Feedback, Prediction, parsed
from evaluation.records import feedback as read_feedback
from evaluation.records import prediction as read_prediction
from hypothesis import given
from hypothesis import strategies as st

from tests.evaluation.examples import feedback, prediction


def predictions(*given: Any) -> list[Prediction]:
    return [read_prediction(json.dumps(each).encode()) for each in given]


def verdicts(*given: Any) -> list[Feedback]:
    return [read_feedback(json.dumps(each).encode()) for each in given]


def test_only_what_is_judged_counts_and_each_version_for_itself() -> None:
    made = predictions(
        prediction(1), prediction(2), prediction(3), prediction(4), prediction(5, version="8")
    )
    told = verdicts(feedback(1), feedback(2), feedback(3, "bad"), feedback(99))
    assert accuracies(made, told) == {"7": Accuracy(4, 3, 2), "8": Accuracy(1, 0, 0)}
    assert accuracies(made, told)["7"].ratio == pytest.approx(2 / 3)
    assert accuracies([], told) == {}


def test_of_two_verdicts_the_later_one_counts() -> None:
    first, second = feedback(1, "bad", hours=2), feedback(1, "good", hours=1)
    for told in (verdicts(first, second), verdicts(second, first)):
        assert accuracies(predictions(prediction(1)), told) == {"7": Accuracy(1, 1, 1)}


@given(st.data())
def test_neither_order_nor_repetition_changes_anything(data: st.DataObject) -> None:
    labels = st.sampled_from(["good", "bad"])
    answers = data.draw(st.lists(labels, max_size=8))
    truths = data.draw(st.dictionaries(st.integers(0, 9), labels, max_size=8))
    made = predictions(*(prediction(id, answer) for id, answer in enumerate(answers)))
    told = verdicts(*(feedback(id, truth) for id, truth in truths.items()))
    again = [*made, *data.draw(st.lists(st.sampled_from(made), max_size=4))] if made else made
    shuffled = data.draw(st.permutations(again))
    repeated = data.draw(st.permutations([*told, *told]))
    expected = accuracies(made, told)
    assert accuracies(shuffled, repeated) == expected
    judged = [id for id in truths if id < len(answers)]
    right = [id for id in judged if truths[id] == answers[id]]
    total = Accuracy(len(answers), len(judged), len(right))
    assert expected == ({"7": total} if answers else {})


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[]",
        "{",
        "7",
        json.dumps({**prediction(1), "time": "2026-11-25T12:00:00"}),
        json.dumps({**prediction(1), "time": "yesterday"}),
        json.dumps({**prediction(1), "version": 7}),
        json.dumps({key: value for key, value in prediction(1).items() if key != "input"}),
        "\udcff".encode("utf-8", "surrogateescape").decode("latin-1"),
    ],
)
def test_what_is_no_prediction_is_counted_and_left_out(line: str) -> None:
    lines = [line.encode("latin-1"), json.dumps(prediction(1)).encode()]
    records, unreadable = parsed(lines, read_prediction)
    assert [each.id for each in records] == ["1"]
    assert unreadable == 1
