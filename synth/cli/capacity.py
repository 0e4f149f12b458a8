"""`synth capacity`: what may be asked for at once, against quotas and what the cluster has."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from synth.cli.findings import code, lines, row
from synth.cli.steps import Silence, mistakes, repository, users_cache

if TYPE_CHECKING:
    from synth.rules.capacity.accounts import Account
    from synth.rules.capacity.amounts import Amounts
    from synth.validation import Placed


def run(options: argparse.Namespace) -> int:
    with mistakes():
        from synth.pipeline import build
        from synth.validation import capacity, capacity_findings

        project = repository(options)
        cache = users_cache()
        result = build(project, cache, options.environments, Silence(), everything=True)
        made = capacity(result)
        found = capacity_findings(result, made, date.today())  # noqa: DTZ011  # where whoever asks is
    if options.output == "json":
        data = [_data(name, made[name], found[name]) for name in made]
        print(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        print("\n\n".join(_text(name, made[name], found[name]) for name in made))
    return code(found.values())


def _text(name: str, accounts: Sequence[Account], found: Sequence[Placed]) -> str:
    from synth.rules.capacity.table import as_text, columns

    parts = [
        f"{name}: {f'team {each.team}' if each.team else 'everything'}\n"
        + as_text(each, columns(each))
        for each in accounts
    ]
    # The table that explains one stands above already.
    said = [line.partition("\n")[0] for line in lines(found)]
    beyond = [why for each in accounts for why in each.beyond]
    return "\n\n".join([*parts, *(["\n".join([*said, *beyond])] if said or beyond else [])])


def _data(name: str, accounts: Sequence[Account], found: Sequence[Placed]) -> dict[str, Any]:
    return {
        "environment": name,
        "accounts": [
            {
                "team": each.team or None,
                "limits": _amounts(each.limits),
                "usage": _amounts(each.usage),
                "surge": _amounts(each.surge),
                "beyond": list(each.beyond),
                "workloads": [
                    {
                        "kind": demand.kind,
                        "namespace": demand.namespace,
                        "name": demand.name,
                        "usage": _amounts(demand.usage),
                        "surge": _amounts(demand.surge),
                        "beyond": list(demand.beyond),
                    }
                    for demand in each.demands
                ],
            }
            for each in accounts
        ],
        "findings": [row(each) for each in found],
    }


def _amounts(amounts: Amounts) -> dict[str, str]:
    from synth.rules.capacity.amounts import shown

    return {name: shown(name, amount) for name, amount in sorted(amounts.items())}
