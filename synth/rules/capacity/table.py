"""An account as a table: who asks for how much, what it comes to, and of how much."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from synth.kit.table import table
from synth.rules.capacity.accounts import Account
from synth.rules.capacity.amounts import Amounts, shown

_USUAL = ("pods", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory")


def columns(account: Account) -> list[str]:
    """The resources to show: the usual ones, then whatever else is asked for or limited."""
    others = {*account.limits, *(account.usage.keys() - {"count/pods"})} - {*_USUAL}
    return [*_USUAL, *sorted(others)]


def as_text(account: Account, names: Sequence[str], over: Sequence[str] = ()) -> str:
    """The table of these resources; of what is `over` only who asks for it, the most first."""
    names = list(dict.fromkeys(names))
    demands = [each for each in account.demands if any(map(each.usage.get, over or names))]
    if over:
        demands.sort(key=lambda each: each.usage.get(over[0], Fraction(0)), reverse=True)
    who = [(each.kind, _name(account, each.namespace, each.name)) for each in demands]
    left = {
        name: most - account.usage.get(name, Fraction(0)) for name, most in account.limits.items()
    }
    rows = [
        *([*each, *_cells(names, demand.usage)] for each, demand in zip(who, demands, strict=True)),
        ["together", "", *_cells(names, account.usage)],
    ]
    if account.limits:
        limits = _cells(names, account.limits, absent="-")
        rows += [
            ["quota" if account.team else "capacity", "", *limits],
            ["left", "", *_cells(names, left, absent="-")],
        ]
    if any(account.surge.values()):
        rows.append(["more in an update", "", *_cells(names, account.surge)])
    return table(["KIND", "NAME", *(name.removeprefix("requests.") for name in names)], rows)


def _name(account: Account, namespace: str, name: str) -> str:
    return name if account.team or not namespace else f"{namespace}/{name}"


def _cells(names: Sequence[str], amounts: Amounts, absent: str = "0") -> list[str]:
    return [_cell(name, amounts[name]) if name in amounts else absent for name in names]


def _cell(name: str, amount: Fraction) -> str:
    return f"-{shown(name, -amount)}" if amount < 0 else shown(name, amount)
