"""Names as Kubernetes wants them."""

from __future__ import annotations

import hashlib
import re

LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
"""An RFC 1123 label, as Kubernetes demands of namespaces and of most names (at most 63 long)."""

LABEL_LENGTH = 63


def is_label(name: str) -> bool:
    """Whether `name` is an RFC 1123 label of at most 63 characters."""
    return len(name) <= LABEL_LENGTH and LABEL.fullmatch(name) is not None


def bounded(name: str, length: int) -> str:
    """`name` where it fits into `length` characters, else its beginning and a hash of the whole.

    Distinct names stay distinct (up to a collision of 40 bits), and the result depends on
    `name` and `length` alone. `length` must be at least 12.
    """
    if len(name) <= length:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:10]
    return f"{name[: length - 11].rstrip('-.')}-{digest}"
