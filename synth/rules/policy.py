"""What an environment's policy makes of findings: how much they weigh, and which it accepts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import date
from fnmatch import fnmatchcase

from synth.config.platform import Accepted, Policy
from synth.rules.findings import Finding


def governed(
    policy: Policy, found: Iterable[Finding], today: date | None = None
) -> Iterator[Finding]:
    """Findings at the levels that the policy gives their rules; those that it accepts `today` are
    `accepted`. Without a day every entry holds, so that what is built depends on none.
    """
    for finding in found:
        entry = next((e for e in policy.accepted if _holds(e, today) and _names(e, finding)), None)
        if entry:
            yield replace(finding, severity="accepted", accepted_by=entry.name)
        else:
            level = policy.levels.get(finding.code, finding.severity)
            yield replace(finding, severity=level)


def check_accepted(policy: Policy, found: Collection[Finding], today: date) -> Iterator[Finding]:
    """Entries of `policy.accepted` that have had their time, or that none of all findings needs."""
    needed = {finding.accepted_by for finding in found}
    for entry in policy.accepted:
        key = f"policy.accepted.{entry.name}"
        if not _holds(entry, today):
            yield Finding(
                "PO002", "warning", key,
                f"was good until {entry.until}: mend what it accepts, or have {entry.owner} say "
                "until when else",
            )  # fmt: skip
        elif entry.name not in needed:
            yield Finding(
                "PO001", "warning", key,
                f"there is no finding {entry.code} that this accepts: take it out",
            )  # fmt: skip


def _holds(entry: Accepted, today: date | None) -> bool:
    return today is None or today <= date.fromisoformat(entry.until)


def _names(entry: Accepted, finding: Finding) -> bool:
    return (
        entry.code == finding.code
        and fnmatchcase(finding.application, entry.application)
        and fnmatchcase(finding.object or finding.key, entry.object)
    )
