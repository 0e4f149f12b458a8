"""Upstream's default credentials, found in its own objects."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable

from synth.kit.objects import Body

_BCRYPT = re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}")
SHORTEST = 8
"""Shorter values (`test`, `root`) are ordinary words too; that no Secret is left covers them."""


def well_known(upstream: Iterable[Body]) -> set[str]:
    """The values of upstream's Secrets, and the password hashes in its other objects."""
    found: set[str] = set()
    for body in upstream:
        if body["kind"] == "Secret":
            found |= {b64decode(value).decode() for value in (body.get("data") or {}).values()}
            found |= set((body.get("stringData") or {}).values())
        elif body["kind"] == "ConfigMap":
            found |= set(_BCRYPT.findall(json.dumps(body)))
    return {value for value in found if len(value) >= SHORTEST}


def secrets_with_data(objects: Iterable[Body]) -> list[Body]:
    """The Secrets that hold anything."""
    return [
        body
        for body in objects
        if body["kind"] == "Secret" and (body.get("data") or body.get("stringData"))
    ]


def occurring(values: Iterable[str], text: str) -> list[str]:
    """The values that stand in a text, plain or in base64."""
    return sorted(
        value for value in values if value in text or b64encode(value.encode()).decode() in text
    )
