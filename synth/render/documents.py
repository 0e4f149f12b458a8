"""Objects as YAML text that every reader understands alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import ryaml

from synth.kit.objects import Body

# What a YAML 1.1 reader takes for a boolean, number, date, null or merge key although YAML 1.2
# calls it a string. Kubernetes reads through a 1.1 reader, ryaml writes 1.2.
# Source: yaml.org/type (bool, int, float, timestamp, merge, value, null), go-yaml v2 resolve.go.
_AMBIGUOUS = (
    r"[yYnN]|[yY]es|YES|[nN]o|NO|[oO]n|ON|[oO]ff|OFF"
    r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"
    r"|[-+]?[0-9.][0-9_.]*(?:[eE][-+]?[0-9_]+)?|[-+]?0[xXbBoO]?[0-9a-fA-F_]+"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|<<|="
)
_WHOLE = re.compile(_AMBIGUOUS)
# The same in ryaml's text, where a plain number is one: it quotes strings that YAML 1.2 would take
# for numbers. Both patterns begin with what is rare, since they see megabytes.
_PLAIN = r"(?=[-+.<=_0-9yYnNoO])(?!-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?(?:\n|:\s))"
_VALUE = re.compile(rf"[:-] {_PLAIN}(?:{_AMBIGUOUS})\n")
_KEY = re.compile(rf"\n[ :?-]*{_PLAIN}(?:{_AMBIGUOUS}):")
_PRIVATE_USE = tuple(map(chr, range(0xE000, 0xF900)))
"""Characters that stand for nothing; one that the document does not hold marks strings."""


def dump(body: Mapping[str, Any]) -> str:
    """One document, keys in the order of the mapping, block style, strings quoted where any
    YAML reader, 1.1 or 1.2, would take them for something else.
    """
    text: str = ryaml.dumps(body)
    if not (_VALUE.search(text) or _KEY.search(f"\n{text}")):
        return text
    # Ambiguous strings go through marked, and the marks become quotes.
    mark = next(char for char in _PRIVATE_USE if char not in text)
    marked = rf"['\"]?{mark}([^{mark}]*){mark}['\"]?"
    return re.sub(marked, r"'\1'", ryaml.dumps(_marked(body, mark)))


def _marked(value: Any, mark: str) -> Any:
    if isinstance(value, str):
        return f"{mark}{value}{mark}" if _WHOLE.fullmatch(value) else value
    if isinstance(value, Mapping):
        return {_marked(key, mark): _marked(item, mark) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_marked(item, mark) for item in value]
    return value


def load_all(text: str) -> list[Body]:
    """Every document of a stream that Kustomize or a fellow tool wrote; empty ones left out.

    Raises ValueError where the text is not YAML.
    """
    documents: Iterable[Body | None] = ryaml.loads_all(text) or ()
    return [document for document in documents if document]
