"""Versions of upstream projects, compared by what decides about their APIs."""

from __future__ import annotations


def minor(version: str) -> tuple[int, int]:
    """Major and minor of a version: `3.3.10` is (3, 3). Raises ValueError."""
    major, _, rest = version.partition(".")
    return int(major), int(rest.partition(".")[0])
