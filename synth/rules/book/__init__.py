"""Every rule by its code: what it finds, why that matters, and an example of each.

A file beside this one holds the rules whose codes begin alike (`KF.yaml`), so that one is explained
without reading the others. Its keys are the fields of `Chapter`, and of `Rule` below `rules`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ryaml

_FOLDER = Path(__file__).parent
LOOKS_AT = {
    "configuration": "the configuration",
    "objects": "rendered objects",
    "change": "a change, in `synth diff`",
}
"""What rules look at, in words."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, with an example that breaks it and one that does not.

    An example is a part of an environment file, laid over `given` and that over `SMALLEST` by the
    merge rule of `extends`; or objects, in an environment that is so made; or, for a change, the
    objects after it, with `before` as those before it. `stands` is what the last build left in
    `dist/` (synth/rules/standing.py), `sealed` the namespaces and names of files of SealedSecrets, where a
    rule looks at that too. `says` is the whole of the
    message, the configuration's path before it where it is not about an object. A repository's own
    rules have no example.
    """

    code: str
    looks_at: str
    title: str
    severity: str
    why: str
    source: str = ""
    breaks: str = ""
    says: str = ""
    fits: str = ""
    given: str = ""
    stands: str = ""
    before: str = ""
    sealed: Sequence[str] = field(default_factory=list)

    @property
    def message(self) -> str:
        """What is said of the example that breaks it."""
        return f"{self.severity} {self.code}: {self.says}" if self.says else ""


@dataclass(frozen=True, slots=True)
class Chapter:
    """Rules whose codes begin alike, what they are about, and what is `given` to examples that say
    nothing else.
    """

    prefix: str
    about: str
    rules: Sequence[Rule]
    given: str = ""


SMALLEST = (_FOLDER / "environment.yaml").read_text()
"""The environment that every example is laid over."""


def prefixes() -> list[str]:
    """What codes begin with."""
    return sorted(path.stem for path in _FOLDER.glob("[A-Z]*.yaml"))


def chapter(prefix: str) -> Chapter:
    """The rules whose codes begin so; `prefix` is one of `prefixes()`."""
    page: dict[str, Any] = ryaml.loads((_FOLDER / f"{prefix}.yaml").read_text())
    given, looks_at = page.get("given", ""), page["looksAt"]
    rules = [
        Rule(**{"code": code, "looks_at": looks_at, "given": given, **its})
        for code, its in page["rules"].items()
    ]
    return Chapter(prefix, page["about"], rules, given)
