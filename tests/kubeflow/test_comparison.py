"""The comparison that judges hydrated Kubeflow."""

from __future__ import annotations

from typing import Any

import pytest

from synth.kit.objects import manifest
from tests.kubeflow.comparison import (
    ABSENT,
    HIDDEN,
    THERE,
    Difference,
    by_name,
    differences,
    unwritten,
)

NAME = "ConfigMap a/x"


@pytest.mark.parametrize(
    ("ours", "upstream", "expected"),
    [
        ({"k": 1}, {"k": True}, ("/data/k", "true", "1")),
        ({"k": "1"}, {"k": 1}, ("/data/k", "1", '"1"')),
        ({}, {"a/b": 1}, ("/data/a~1b", "1", ABSENT)),
        ({"k": None}, {}, ("/data/k", ABSENT, "null")),
        ({"k": [1, 2]}, {"k": [2, 1, 3]}, ("/data/k", "[2, 1, 3]", "[1, 2]")),
        ({"k": [1, {"x": 2}]}, {"k": [1, {"x": 3}]}, ("/data/k/1/x", "3", "2")),
        ({"k": "a\nb\n"}, {"k": "a\nc\n"}, ("/data/k#1", '"c"', '"b"')),
        ({"k": "a\n"}, {"k": "a\nc\n"}, ("/data/k", '"a\\nc\\n"', '"a\\n"')),
    ],
)
def test_a_difference_is_one_field(
    ours: dict[str, Any], upstream: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    mine = by_name([manifest("v1", "ConfigMap", "x", namespace="a", data=ours)])
    theirs = by_name([manifest("v1", "ConfigMap", "x", namespace="a", data=upstream)])
    assert differences(mine, theirs) == {Difference(NAME, *expected)}
    assert differences(mine, mine) == set()


def test_an_object_that_only_one_side_has_is_one_difference() -> None:
    body = manifest("v1", "ConfigMap", "x", namespace="a")
    one = by_name([body])
    assert differences({}, one) == {Difference(NAME, "", THERE, ABSENT)}
    assert [each.upstream for each in differences(one, {})] == [ABSENT]
    with pytest.raises(AssertionError, match="an object is there twice"):
        by_name([body, body])


def test_missing_and_superfluous_entries_are_told_apart() -> None:
    found = Difference(NAME, "/data/k", '"minio123"', '"ours"')
    hidden = found._replace(upstream=HIDDEN)
    assert unwritten([found], [hidden]) == (set(), set())
    assert unwritten([found], []) == ({found}, set())
    assert unwritten([], [hidden]) == (set(), {hidden})
    other = hidden._replace(ours='"else"')
    assert unwritten([found], [other]) == ({hidden}, {other})
