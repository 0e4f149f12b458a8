"""What rules over rendered objects look at, and what they find."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from synth.kit.objects import Identity, Resource


@dataclass(frozen=True)
class Rendered:
    """The objects of an environment as they are written, and the identities of all that it has, those
    among them that Argo CD builds or a chart makes.
    """

    resources: Sequence[Resource]
    known: Collection[Identity]


class Flaw(NamedTuple):
    """Something wrong with a rendered object: the rule's code, and what is wrong with the way out,
    as the rest of a sentence that begins with the object.
    """

    code: str
    resource: Resource
    message: str
    severity: Literal["error", "warning"] = "error"
    """How much it weighs where it is not upstream's."""
