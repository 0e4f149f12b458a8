"""What a rule over rendered objects found."""

from __future__ import annotations

from typing import NamedTuple

from synth.kit.objects import Resource


class Flaw(NamedTuple):
    """Something wrong with a rendered object: the rule's code, and what is wrong with the way out,
    as the rest of a sentence that begins with the object.
    """

    code: str
    resource: Resource
    message: str
