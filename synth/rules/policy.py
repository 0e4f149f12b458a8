"""What an environment's policy makes of findings: how much they weigh, and which it accepts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache

from synth.config.platform import Accepted, Policy
from synth.rules.book import Rule, chapter, prefixes
from synth.rules.findings import Finding
from synth.rules.own import OWN_CODE


def check_policy(policy: Policy) -> Iterator[Finding]:
    """Findings about codes that no rule of ours has, and about levels that would change nothing."""
    for key, code in _codes(policy):
        rules = _rules(code)
        if code not in rules and not OWN_CODE.fullmatch(code):
            near = get_close_matches(code, rules, 1)
            yield Finding(
                "PO003", "error", key,
                f"there is no rule {code}{f'; did you mean {near[0]}?' if near else ''}: `synth rules` "
                "lists all",
            )  # fmt: skip
    for code, level in policy.levels.items():
        rule = _rules(code).get(code)
        fixed = rule and rule.looks_at == "configuration" and rule.severity == "error"
        if fixed and level == "warning":
            yield Finding(
                "PO004", "error", f"policy.levels.{code}",
                f"{code} stops a build, since nothing right can come of it: it cannot be a warning",
            )  # fmt: skip


def _codes(policy: Policy) -> Iterator[tuple[str, str]]:
    yield from ((f"policy.levels.{code}", code) for code in policy.levels)
    yield from ((f"policy.accepted.{each.name}.code", each.code) for each in policy.accepted)


@cache
def _rules(code: str) -> Mapping[str, Rule]:
    """The rules whose codes begin like this one."""
    prefix = code.rstrip("0123456789")
    return {rule.code: rule for rule in chapter(prefix).rules} if prefix in prefixes() else {}


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
