"""One environment of the fleet as peers are given it: its finished objects, with names and versions as
variables.

Whatever the generator decides, checks and completes is done for them: they only have to fill in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from benchmarks.fleet import Member, Model
from synth.render.documents import load_all

VARIABLES = {
    "environmentname": "environment",
    "modelname": "model",
    "90001": "stable",
    "90002": "canary",
}
"""What stands in the sample where one environment differs from another."""
SAMPLE = Member("environmentname", [Model("modelname", 90001, 90002)])
_ANY = re.compile("|".join(VARIABLES))

Level = Literal["fleet", "environment", "model"]


@dataclass(frozen=True, slots=True)
class Template:
    """An object that there is once, once an environment or once a model; `path` is its file's."""

    level: Level
    path: str
    body: Any


def templates(built: Path) -> list[Template]:
    """The objects of the sample, as the generator has written them into a folder."""
    found = []
    for top in ("dist", "argocd"):
        for path in sorted((built / top).rglob("*.yaml")):
            [body] = load_all(path.read_text())
            name = str(path.relative_to(built))
            found.append(Template(_level(f"{name} {body}"), name, body))
    return found


def _level(text: str) -> Level:
    if "modelname" in text:
        return "model"
    return "environment" if "environmentname" in text else "fleet"


def filled(value: Any, names: Mapping[str, str]) -> Any:
    """A template's body with the variables' values."""
    if isinstance(value, Mapping):
        return {filled(key, names): filled(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, names) for item in value]
    if isinstance(value, str):
        return _ANY.sub(lambda match: names[VARIABLES[match[0]]], value)
    return value


@dataclass(frozen=True)
class Language:
    """How a language that joins strings by `+` writes data: its words for true, false and null."""

    true: str = "true"
    false: str = "false"
    null: str = "null"

    def expression(self, value: Any) -> str:
        """A body as an expression of the language."""
        if isinstance(value, Mapping):
            # No key of the fleet has a variable in it, for which languages have forms of their own.
            items = (f"{json.dumps(k)}: {self.expression(v)}" for k, v in value.items())
            return f"{{{', '.join(items)}}}"
        if isinstance(value, list):
            return f"[{', '.join(map(self.expression, value))}]"
        if isinstance(value, str):
            return joined(value)
        if isinstance(value, bool):
            return self.true if value else self.false
        return self.null if value is None else repr(value)


def joined(text: str) -> str:
    """A text with variables as a sum: `"a" + model + "b"`."""
    terms = []
    end = 0
    for match in _ANY.finditer(text):
        terms += [json.dumps(text[end : match.start()]), VARIABLES[match[0]]]
        end = match.end()
    terms.append(json.dumps(text[end:]))
    return " + ".join(term for term in terms if term != '""') or '""'
