"""What is written is read back as the same data by readers of YAML 1.1 and 1.2."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from synth.render.documents import dump, load_all

AMBIGUOUS = (
    "y Y n N yes Yes YES no No NO on On ON off Off OFF true True TRUE false ~ null Null NULL "
    "1e3 1E3 1e+3 +1 -1 -0 1_000 0o17 0x1F 0X1f 017 08 0b101 0B1 1.0 1. .5 .inf -.Inf .NaN "
    "12:30:45 1:2 190:20:30.15 2020-01-01 2020-1-1 2020-01-01T00:00:00Z << = 0_ _1 +.5e3 685_230.15 "
    "1.e3 - ? ! & * % @ ` | > 0. +12e03 -2E+05 .e3 1e 0x 0b 1__2"
).split()
text = st.one_of(
    st.sampled_from(AMBIGUOUS),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.text("yYnNoOfF0123456789:._-+eExXb '\"#\n\t{}[]&*!|>%@`?~=", max_size=10),
)
values = st.recursive(
    st.one_of(
        text,
        st.integers(-(2**53), 2**53),
        st.booleans(),
        st.none(),
        st.integers(-(10**6), 10**6).map(lambda n: n / 1000),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(text, inner, max_size=4)),
    max_leaves=12,
)


@given(st.dictionaries(text, values, min_size=1, max_size=5))
@example({"\n": {"yes": ""}})
@example({"y": None, "\ue000": "y"})
@example({"data": {"on": "y", "y": "12:30:45"}, "block": "a: on\n- y\n", "list": ["on", ["no"]]})
def test_yaml_1_1_and_1_2_readers_read_the_same(body: dict[str, object]) -> None:
    written = dump(body)
    assert load_all(written) == [body]
    assert yaml.load(written, Loader=yaml.CSafeLoader) == body  # a safe loader


@pytest.mark.parametrize("word", AMBIGUOUS)
def test_ambiguous_words_stay_strings_as_values_items_and_keys(word: str) -> None:
    body = {"value": word, "items": [word, [word], {"name": word}], "keys": {word: 1}}
    assert yaml.safe_load(dump(body)) == body
    assert load_all(dump(body)) == [body]


def test_text_in_blocks_is_not_touched() -> None:
    body = {"data": {"config": "on: y\n- no\nx: 1_000\n", "flag": "on"}}
    assert dump(body) == "data:\n  config: |\n    on: y\n    - no\n    x: 1_000\n  flag: 'on'\n"
