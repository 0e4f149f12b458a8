"""Names as Kubernetes wants them."""

from __future__ import annotations

import hashlib
import re

LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
"""An RFC 1123 label, as Kubernetes demands of namespaces and of most names (at most 63 long)."""

LABEL_LENGTH = 63

_HASH = re.compile(r"-[bcdfghkmt2456789]{10}$")


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
    return f"{name[: length - 11].rstrip('-.')}-{_digest(name)}"


def without_hash(name: str) -> str:
    """`name` before the last step of a Kustomize build, which may add a hash of the content.

    Source: kubernetes-sigs/kustomize api/hasher (the ten letters and digits).
    """
    return _HASH.sub("", name)


def key_part(name: str) -> str:
    """`name` as the name in a label's or annotation's key: what is no letter, digit, `-`, `_` or
    `.` becomes `_`, and a hash of the whole tells apart what that makes alike.
    """
    legal = re.sub(r"[^A-Za-z0-9._-]", "_", name).strip("._-")
    if legal == name:
        return bounded(name, LABEL_LENGTH)
    return f"{legal[: LABEL_LENGTH - 11].rstrip('._-')}-{_digest(name)}"


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:10]
