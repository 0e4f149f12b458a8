"""Findings as commands print them as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synth.config.problems import Problem
    from synth.rules.findings import Finding


def row(finding: Finding, problem: Problem) -> dict[str, Any]:
    """One finding, with the place in the files that it is about."""
    return {
        "code": finding.code,
        "severity": finding.severity,
        "file": problem.mark.file,
        "line": problem.mark.line,
        "path": finding.key,
        "message": finding.message,
    }
