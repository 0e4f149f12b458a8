"""Amounts of resources by the names that a ResourceQuota has for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from synth.kit.quantities import quantity, written

Amounts = Mapping[str, Fraction]
"""Amounts by name: `pods`, `requests.cpu`, `limits.memory`, `requests.nvidia.com/gpu`."""

_BASIC = ("cpu", "memory", "ephemeral-storage")


def total(every: Iterable[Amounts]) -> dict[str, Fraction]:
    """All of them together."""
    result: dict[str, Fraction] = {}
    for amounts in every:
        for name, amount in amounts.items():
            result[name] = result.get(name, Fraction(0)) + amount
    return result


def largest(every: Iterable[Amounts]) -> dict[str, Fraction]:
    """Of each resource the largest of all amounts."""
    result: dict[str, Fraction] = {}
    for amounts in every:
        for name, amount in amounts.items():
            result[name] = max(result.get(name, amount), amount)
    return result


def times(factor: int, amounts: Amounts) -> dict[str, Fraction]:
    """So many times as much."""
    return {name: factor * amount for name, amount in amounts.items()}


def parsed(quantities: Mapping[str, object]) -> dict[str, Fraction]:
    """Quantities of Kubernetes as amounts by the same names."""
    return {name: quantity(str(text)) for name, text in quantities.items()}


def shown(name: str, amount: Fraction) -> str:
    """An amount of that resource as people read it."""
    return written(amount, binary=any(each in name for each in ("memory", "storage", "hugepages")))


def quota_name(name: str) -> str:
    """The one name for what a quota may call `cpu` or `requests.cpu`."""
    return f"requests.{name}" if name in _BASIC or name.startswith("hugepages-") else name


def counted(name: str) -> bool:
    """Whether pods are what a quota of that name limits.

    Of other resources than cpu, memory and ephemeral-storage a quota counts requests only, and of
    extended ones only by `requests.` (kubernetes/kubernetes pkg/quota/v1/evaluator/core/pods.go,
    1.34.4).
    """
    if name in ("pods", "count/pods"):
        return True
    kind, dot, resource = name.partition(".")
    if not dot or kind not in ("requests", "limits"):
        return False
    if resource in _BASIC:
        return True
    return kind == "requests" and (resource.startswith("hugepages-") or _extended(resource))


def _extended(resource: str) -> bool:
    domain, slash, _ = resource.partition("/")
    return bool(slash) and not f".{domain}".endswith(".kubernetes.io")
