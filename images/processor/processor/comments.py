"""A comment as it comes in, and what is left of it once it is clean."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

EMAIL, URL = "<email>", "<url>"
"""What stands for an address: it says that there was one, and not whose."""
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_URL = re.compile(r"(?:https?://|\bwww\.)[^\s<>\"']+", re.IGNORECASE)


class UnreadableError(ValueError):
    """What came in is no comment; the message says why."""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment: `label` is what somebody said that it means, `time` when it was written (RFC 3339),
    `language` whatever its source says.
    """

    id: str
    text: str
    time: str
    label: str | int | None = None
    language: str | None = None

    def encoded(self) -> bytes:
        """The comment as JSON; a comment has one encoding only. What is unknown is left out.
        Raises UnreadableError.
        """
        known = {key: value for key, value in asdict(self).items() if value is not None}
        try:
            return json.dumps(known, ensure_ascii=False, sort_keys=True).encode()
        except UnicodeEncodeError:
            raise UnreadableError("there is half a character in it") from None


def comment(data: Any, *, otherwise_id: str, otherwise_time: datetime) -> Comment:
    """The clean comment in an event's data, which is JSON; without an id or time of its own it gets
    the given ones. Its text may be empty. Raises UnreadableError.
    """
    if not isinstance(data, Mapping):
        raise UnreadableError("the data is no JSON object")
    text = data.get("text")
    if not isinstance(text, str):
        raise UnreadableError("there is no text")
    return Comment(
        id=_id(data.get("id"), otherwise_id),
        text=clean(text),
        time=_time(data.get("time"), otherwise_time),
        label=_label(data.get("label")),
        language=_language(data.get("language")),
    )


def clean(text: str) -> str:
    """A text in one Unicode form, on one line, without control characters and addresses."""
    normal = unicodedata.normalize("NFC", text)
    visible = "".join(" " if _is_invisible(each) else each for each in normal)
    return " ".join(_URL.sub(URL, _EMAIL.sub(EMAIL, visible)).split())


def _is_invisible(character: str) -> bool:
    # Format characters stay: emoji and several scripts are written with them.
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")


def _id(given: Any, otherwise: str) -> str:
    if given is None:
        return otherwise
    if isinstance(given, bool) or not isinstance(given, str | int) or given == "":
        raise UnreadableError("the id is no text or number")
    return str(given)


def _time(given: Any, otherwise: datetime) -> str:
    if given is None:
        return _utc(otherwise)
    try:
        return _utc(datetime.fromisoformat(given))
    except (TypeError, ValueError, OverflowError):
        raise UnreadableError("the time is none of RFC 3339") from None


def _utc(time: datetime) -> str:
    if time.tzinfo is None:
        raise ValueError("without a time zone nobody knows when that was")
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _label(given: Any) -> str | int | None:
    if isinstance(given, bool) or not isinstance(given, str | int | None):
        raise UnreadableError("the label is no text or number")
    return given


def _language(given: Any) -> str | None:
    if not isinstance(given, str | None):
        raise UnreadableError("the language is no text")
    return given
