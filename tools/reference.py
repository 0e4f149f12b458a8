"""docs/configuration.md: every key of an environment file, from the schema that editors read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from synth.config.environment import Environment

PAGE = Path(__file__).parents[1] / "docs" / "configuration.md"
_HEAD = """\
# Every key of an environment file

Made from the models by `make reference`; [the JSON Schema](../schemas/environment.json) says the same to editors.
A file may hold any part of it: `extends` and the rules of merging put the whole together, and `synth show ENV`
prints it with the file and line of every value. `null` takes away what a base has, `- {name: x, remove: true}` a
named entry. A key without a default is needed, in one of an environment's files.
"""

Schema = dict[str, Any]


class _Reference:
    """Sections in the order in which a reader meets them; one that is used in several places stands
    where it is met first.
    """

    def __init__(self, schema: Schema) -> None:
        self._definitions: dict[str, Schema] = schema["$defs"]
        self._headings: dict[str, str] = {}
        self._waiting: list[tuple[str, Schema]] = [("", schema)]

    def lines(self) -> Iterator[str]:
        yield _HEAD
        while self._waiting:
            heading, schema = self._waiting.pop(0)
            yield from self._section(heading, schema)

    def _section(self, heading: str, schema: Schema) -> Iterator[str]:
        if heading:
            yield f"\n## {heading}\n"
            if about := schema.get("description"):
                yield f"\n{_prose(about)}\n"
        yield "\n| key | value | default | what |\n|---|---|---|---|\n"
        if not heading:
            yield "| `extends` | string | | The file this one is laid over, without its ending. |\n"
        required = set(schema.get("required", ()))
        for key, value in schema["properties"].items():
            path = f"{heading.partition(' ')[0]}.{key}" if heading else key
            kind = self._kind(path, value)
            default = "needed" if key in required else _default(value)
            yield f"| `{key}` | {kind} | {default} | {_cell(value)} |\n"

    def _kind(self, path: str, schema: Schema) -> str:
        """What a value is, in words; sections are linked to."""
        if "$ref" in schema:
            return self._linked(path, schema["$ref"].rpartition("/")[2])
        if choices := schema.get("anyOf") or schema.get("oneOf"):
            kinds = [self._kind(path, each) for each in choices if each.get("type") != "null"]
            return " or ".join(dict.fromkeys(kinds))
        if schema.get("type") == "array":
            return f"list of {self._kind(f'{path}[]', schema.get('items', {}))}"
        if schema.get("type") == "object" and "properties" not in schema:
            values = schema.get("additionalProperties", {})
            return f"map of {self._kind(f'{path}.*', values if isinstance(values, dict) else {})}"
        return _simple(schema)

    def _linked(self, path: str, name: str) -> str:
        definition = self._definitions[name]
        if "properties" not in definition:
            return self._kind(path, definition)
        if name not in self._headings:
            if path in self._headings.values():  # one of several forms
                path = f"{path} ({definition['properties'].get('kind', {}).get('const', name)})"
            self._headings[name] = path
            self._waiting.append((path, definition))
        heading = self._headings[name]
        return f"[{heading}](#{_anchor(heading)})"


def _simple(schema: Schema) -> str:
    if choices := schema.get("enum") or [schema[key] for key in ("const",) if key in schema]:
        return ", ".join(f"`{each}`" for each in choices)
    kind = str(schema.get("type", "anything"))
    words = {"integer": "whole number", "boolean": "true or false", "object": "map"}
    bounds = [
        f"{word} {schema[key]}"
        for key, word in (("minimum", "from"), ("maximum", "to"))
        if key in schema
    ]
    said = " ".join([words.get(kind, kind), *bounds])
    examples = ", ".join(f"`{each}`" for each in schema.get("examples", ()))
    return f"{said}, as {examples}" if examples else said


def _default(schema: Schema) -> str:
    """What stands for a value that nobody gives; a section says it of its own keys."""
    value = schema.get("default")
    if value in (None, [], {}) or (isinstance(value, dict) and "$ref" in json.dumps(schema)):
        return ""
    return f"`{value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}`"


def _cell(schema: Schema) -> str:
    return _prose(schema.get("description", "")).replace("|", "\\|")


def _prose(text: str) -> str:
    """Text of a docstring as markdown in one line."""
    return re.sub(r"\s+", " ", text).strip().replace("<", "&lt;")


def _anchor(heading: str) -> str:
    """What GitHub and GitLab call a heading in an address."""
    return re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-"))


def page() -> str:
    """The whole page."""
    return "".join(_Reference(Environment.model_json_schema(by_alias=True)).lines())


if __name__ == "__main__":
    PAGE.write_text(page())
