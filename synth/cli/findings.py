"""Findings as commands print them and end by them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synth.config.environment import Environment
    from synth.validation import Placed


def lines(found: Iterable[Placed]) -> Iterator[str]:
    """A line for each finding that is not accepted."""
    for finding, problem in found:
        if finding.severity != "accepted":
            yield f"{finding.severity} {finding.code}: {problem}"


def accepted(environment: Environment, found: Iterable[Placed]) -> Iterator[str]:
    """A line for each entry of an environment's policy that accepts some."""
    counts = Counter(finding.accepted_by for finding, _ in found)
    for entry in environment.policy.accepted:
        if count := counts[entry.name]:
            yield (
                f"accepted {entry.code}: {environment.name}: policy.accepted.{entry.name}: {count} "
                f"until {entry.until} by {entry.owner}: {entry.reason}"
            )


def row(found: Placed) -> dict[str, Any]:
    """One finding, with the place in the files that it is about; `acceptedBy` is the name of the entry
    of `policy.accepted`, if any.
    """
    finding, problem = found
    return {
        "code": finding.code,
        "severity": finding.severity,
        "file": problem.mark.file,
        "line": problem.mark.line,
        "path": finding.key,
        "application": finding.application or None,
        "object": finding.object or None,
        "message": finding.message,
        "acceptedBy": finding.accepted_by or None,
    }


def code(found: Iterable[Iterable[Placed]]) -> int:
    """The exit code: 1 where something is not accepted."""
    return int(any(each.severity != "accepted" for its in found for each, _ in its))


def to_explain(found: Iterable[Iterable[Placed]]) -> list[str]:
    """The codes of what is not accepted, for `synth rules`."""
    return sorted({each.code for its in found for each, _ in its if each.severity != "accepted"})
