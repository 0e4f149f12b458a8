"""Values as somebody would write them into an environment file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

Value = str | int | float | bool | None | dict[str, "Value"] | list["Value"]

_PLAIN = re.compile(
    r"[A-Za-z_/][-\w./@+]*(:[-\w./@+]+)*|[0-9]+(m|ms|s|h|d|k|[KMGTPE]i|%)", re.ASCII
)
"""Strings that need no quotes anywhere, quantities and durations among them; numbers and digits-first
hashes do.
"""
_SPECIAL = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
"""What some reader of YAML takes for something else than a string."""


_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""What JSON writes as it is and YAML does not read, or takes for the end of a line."""


def inline(value: Value) -> str:
    """A value within a line."""
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{inline(key)}: {inline(each)}" for key, each in value.items()) + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _SPECIAL:
        return value
    return _quoted(value)


def block(value: Value) -> Iterator[str]:
    """The lines of a map or list, one for each key or entry."""
    if isinstance(value, dict):
        for key, each in value.items():
            if isinstance(each, (dict, list)) and _deep(each):
                yield f"{inline(key)}:"
                yield from (f"  {line}" for line in block(each))
            else:
                yield f"{inline(key)}: {inline(each)}"
    elif isinstance(value, list):
        for each in value:
            first, *rest = block(each)
            yield f"- {first}"
            yield from (f"  {line}" for line in rest)
    else:
        yield inline(value)


def like(value: Value, style: str | None) -> str:
    """A scalar in the quotes of the one that it takes the place of."""
    if not isinstance(value, str) or not style:
        return inline(value)
    if style == "'" and "\n" not in value:
        return "'" + value.replace("'", "''") + "'"
    return _quoted(value)


def _quoted(value: Value) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _deep(value: dict[str, Value] | list[Value]) -> bool:
    """Whether it holds something with parts of its own, or too much for one line."""
    parts = value.values() if isinstance(value, dict) else value
    return len(inline(value)) > 60 or any(isinstance(part, (dict, list)) for part in parts)
