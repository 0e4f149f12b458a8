"""An Elasticsearch as those find it that write into it."""

from __future__ import annotations

from typing import NamedTuple


class SecretKeyRef(NamedTuple):
    """A key of a Secret in the namespace of Elasticsearch."""

    secret: str
    key: str


class Elasticsearch(NamedTuple):
    """Where it answers, as whom it is spoken to, whose certificate it shows, and how many copies of
    an index its nodes can hold beside the first.
    """

    url: str
    username: str
    password: SecretKeyRef
    ca: SecretKeyRef
    copies: int
