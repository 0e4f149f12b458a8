"""What the rules say of capacity: CP001 to CP006."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from synth.rules.capacity.accounts import Account
from synth.rules.capacity.amounts import Amounts, shown, total
from synth.rules.capacity.demand import Demand
from synth.rules.capacity.table import as_text
from synth.rules.findings import Finding


def check_capacity(accounts: Iterable[Account]) -> Iterator[Finding]:
    """What is over a quota or the cluster's capacity, what a quota keeps out, and what nothing
    bounds.
    """
    for account in accounts:
        if account.team:
            yield from _team(account)
        elif over := account.over(account.usage):
            message = (
                f"the environment may request more than the cluster has: {_sums(account, over)}"
            )
            yield Finding("CP002", "error", "cluster.capacity", _explained(message, account, over))


def _team(account: Account) -> Iterator[Finding]:
    key = f"teams.{account.team}.quota"
    updating = total([account.usage, account.surge])
    if over := account.over(account.usage):
        message = (
            f"its workloads may ask for more than the quota: {_sums(account, over)}; "
            "raise it, or lower maxReplicas, maxScale, requests or parallelism"
        )
        yield Finding("CP001", "error", key, _explained(message, account, over))
    elif over := account.over(updating):
        message = (
            "an update of everything at once does not fit beside the most that may run: "
            f"{_sums(account, over, updating)}; pods of an update may have to wait for old ones to go"
        )
        yield Finding("CP005", "warning", key, message)
    for name in account.ignored:
        if "/" in name and not name.startswith(("count/", "requests.")):
            bare = name.rpartition("limits.")[2]
            message = f"{name} limits nothing: the API server counts it as requests.{bare} only"
            yield Finding("CP006", "warning", key, message)
    for each in account.demands:
        for why in each.beyond:
            message = f"{each.kind} {each.name} may take more than is counted: {why}"
            yield Finding("CP003", "warning", key, message)
        if unsaid := each.unsaid(account.limits, account.defaults):
            yield Finding("CP004", "error", key, _refused(each, unsaid))


def _refused(demand: Demand, unsaid: Sequence[tuple[str, str]]) -> str:
    names = sorted({name for _, name in unsaid})
    containers = sorted({container for container, _ in unsaid})
    say = "does not say" if len(containers) == 1 else "do not say"
    return (
        f"pods of {demand.kind} {demand.name} are refused: the quota counts {', '.join(names)}, and "
        f"{', '.join(containers)} {say} how much; give these containers resources, or the namespace "
        "a LimitRange with defaults"
    )


def _sums(account: Account, names: Iterable[str], amounts: Amounts | None = None) -> str:
    usage = account.usage if amounts is None else amounts
    return ", ".join(
        f"{shown(name, usage[name])} {name} of {shown(name, account.limits[name])}"
        for name in names
    )


def _explained(message: str, account: Account, names: Sequence[str]) -> str:
    """The message with the table of who asks for how much of what is too much."""
    return "\n  ".join([message, *as_text(account, ["pods", *names], names).splitlines()])
