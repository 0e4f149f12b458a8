"""What the processor makes of a comment."""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from processor.comments import Comment, UnreadableError, clean, comment

NOW = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)


def read(data: Any) -> Comment:
    return comment(data, otherwise_id="partition:0/offset:7", otherwise_time=NOW)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("  Great\n\tservice!\u2028 ", "Great service!"),
        ("write to jo.doe+shop@mail.example.com now", "write to <email> now"),
        ("see https://example.com/a?b=c, or WWW.example.com", "see <url> or <url>"),
        ("cafe\u0301", "café"),
        ("½ price ①", "½ price ①"),
        ("очень хорошо 👍🏽 👩\u200d🔧", "очень хорошо 👍🏽 👩\u200d🔧"),
        ("a\x00b\ud800c", "a b c"),
        ("\x00\n ", ""),
    ],
)
def test_a_text_is_cleaned_and_stays_what_it_says(text: str, left: str) -> None:
    assert clean(text) == left


@given(st.text())
def test_a_clean_text_is_on_one_line_and_stays_as_it_is(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert cleaned == " ".join(cleaned.split()) == unicodedata.normalize("NFC", cleaned)
    assert not {"Cc", "Cs"} & set(map(unicodedata.category, cleaned))


def test_a_comment_keeps_what_it_has() -> None:
    given_time = "2026-11-24T09:30:00+02:00"
    made = read(
        {"id": 5, "text": " a ", "label": "good", "time": given_time, "language": "de", "x": 1}
    )
    assert json.loads(made.encoded()) == {
        "id": "5",
        "text": "a",
        "label": "good",
        "time": "2026-11-24T07:30:00Z",
        "language": "de",
    }


def test_a_comment_gets_what_it_lacks_from_its_event() -> None:
    assert read({"text": "a"}).encoded() == (
        b'{"id": "partition:0/offset:7", "text": "a", "time": "2026-11-25T07:00:00Z"}'
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (["text"], "the data is no JSON object"),
        ("text", "the data is no JSON object"),
        (None, "the data is no JSON object"),
        ({}, "there is no text"),
        ({"text": 5}, "there is no text"),
        ({"text": "a", "id": ""}, "the id is no text or number"),
        ({"text": "a", "id": True}, "the id is no text or number"),
        ({"text": "a", "time": "yesterday"}, "the time is none of RFC 3339"),
        ({"text": "a", "time": 5}, "the time is none of RFC 3339"),
        ({"text": "a", "time": "2026-11-24T09:30:00"}, "the time is none of RFC 3339"),
        ({"text": "a", "time": "0001-01-01T00:00:00+14:00"}, "the time is none of RFC 3339"),
        ({"text": "a", "label": 0.5}, "the label is no text or number"),
        ({"text": "a", "language": 5}, "the language is no text"),
        ({"text": "a", "id": "\ud800"}, "there is half a character in it"),
    ],
)
def test_what_is_no_comment_says_why(data: Any, reason: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(data).encoded()
    assert str(caught.value) == reason
