"""Comments as the stream's processor writes them, and files of them: one JSON object a line.

A comment is `{"id", "text", "time"}` and, where somebody said what it means, `label`; whatever else
is in it is left alone and left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


class UnreadableError(ValueError):
    """A record is no comment; the message says why."""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, its label None where nobody has given one."""

    id: str
    text: str
    label: str | None = None

    @property
    def encoded(self) -> bytes:
        """The comment as a line; a comment has one encoding only."""
        known = {key: value for key, value in asdict(self).items() if value is not None}
        return json.dumps(known, ensure_ascii=False, sort_keys=True).encode() + b"\n"


def parsed(record: bytes | None) -> Comment:
    """The comment in a record's value. Raises UnreadableError."""
    if record is None:
        raise UnreadableError("there is no value")
    try:
        said = json.loads(record)
    except ValueError:
        raise UnreadableError("the value is no JSON") from None
    if not isinstance(said, dict):
        raise UnreadableError("the value is no JSON object")
    label = said.get("label")
    comment = Comment(
        _text(said, "id"), _text(said, "text"), None if label is None else _text(said, "label")
    )
    try:
        comment.encoded  # noqa: B018  (half a character can be in JSON, and nowhere else)
    except UnicodeEncodeError:
        raise UnreadableError("there is half a character in it") from None
    return comment


def read(path: str | Path) -> Iterator[Comment]:
    """The comments in a file that `write` has written."""
    with Path(path).open("rb") as lines:
        for line in lines:
            yield parsed(line)


def write(path: str | Path, comments: Iterable[Comment]) -> None:
    """Writes comments to a file, in their order."""
    with Path(path).open("wb") as file:
        file.writelines(comment.encoded for comment in comments)


def _text(said: dict[str, Any], key: str) -> str:
    value = said.get(key)
    # Labels and ids may be numbers where they come from; 0 and 1 are labels, true is none.
    if isinstance(value, int) and not isinstance(value, bool) and key != "text":
        return str(value)
    if not isinstance(value, str) or not value.strip():
        raise UnreadableError(f"there is no {key}")
    return value
