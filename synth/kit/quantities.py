"""Quantities, durations and percentages as they are written in environment files."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import ceil

_SUFFIXES = {
    "": Fraction(1),
    "n": Fraction(1, 10**9), "u": Fraction(1, 10**6), "m": Fraction(1, 1000),
    "k": Fraction(10**3), "M": Fraction(10**6), "G": Fraction(10**9),
    "T": Fraction(10**12), "P": Fraction(10**15), "E": Fraction(10**18),
    "Ki": Fraction(2**10), "Mi": Fraction(2**20), "Gi": Fraction(2**30),
    "Ti": Fraction(2**40), "Pi": Fraction(2**50), "Ei": Fraction(2**60),
}  # fmt: skip
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?|\.\d+)(?:([numkMGTPE]|[KMGTPE]i)?|[eE]([+-]?\d{1,2}))")
_DURATION_PART = re.compile(r"(\d+)(ms|s|m|h|d)")
_DURATION = re.compile(r"(?:\d+(?:ms|s|m|h|d))+")
_MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s?%")


@lru_cache(4096)
def quantity(text: str) -> Fraction:
    """The value of a Kubernetes quantity: `500m` is 1/2, `64Gi` is 64 · 2³⁰, `1e3` is 1000.

    Raises ValueError for anything else, and for negative quantities.
    Source: kubernetes/apimachinery pkg/api/resource/quantity.go.
    """
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a quantity such as 500m, 2 or 64Gi")
    number, suffix, exponent = match.groups()
    scale = Fraction(10) ** int(exponent) if exponent else _SUFFIXES[suffix or ""]
    return Fraction(Decimal(number)) * scale


def canonical(text: str) -> str:
    """A quantity as Kubernetes writes it: `0.5` is 500m, `1024Mi` is 1Gi. Raises ValueError.

    A webhook that reads an object and writes it again leaves this as it is. Forms such as `1e3` are
    not touched. Source: kubernetes/apimachinery pkg/api/resource/quantity.go, CanonicalizeBytes.
    """
    value = quantity(text)
    if re.search(r"[eE][+-]?\d", text):
        return text
    if text.endswith("i") and value >= 1024 and value.denominator == 1:
        number, base, suffixes = value.numerator, 1024, ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
    else:
        number, base = ceil(value * 10**9), 1000
        suffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"]
    while number and number % base == 0 and len(suffixes) > 1:
        number //= base
        del suffixes[0]
    return f"{number}{suffixes[0]}" if number else "0"


def written(amount: Fraction, *, binary: bool = False) -> str:
    """An amount as people read it, in the largest unit that has it to two decimals: `2.5`, `500m`;
    `binary` for memory: `1.5Gi`. Rounded up where no unit has it.
    """
    names = ("Ei", "Pi", "Ti", "Gi", "Mi", "Ki", "") if binary else ("", "m", "u", "n")
    if amount == 0:
        return "0"
    for name in names:
        value = amount / _SUFFIXES[name]
        if value >= 1 and (value * 100).denominator == 1:
            return f"{Decimal(value.numerator) / value.denominator:f}{name}"
    return f"{ceil(amount / _SUFFIXES[names[-1]])}{names[-1]}"


def milliseconds(text: str) -> int:
    """A duration in milliseconds: `500ms`, `5m`, `1h30m`. Raises ValueError."""
    if _DURATION.fullmatch(text) is None:
        raise ValueError(f"{text!r} is not a duration such as 500ms, 30s, 5m, 1h or 7d")
    return sum(int(number) * _MILLISECONDS[unit] for number, unit in _DURATION_PART.findall(text))


def percent(text: str) -> Fraction:
    """A percentage as a fraction of one: `1%` is 1/100. Raises ValueError."""
    match = _PERCENT.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a percentage such as 5% or 0.5%")
    return Fraction(Decimal(match[1])) / 100
