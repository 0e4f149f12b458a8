"""What a report comes to, in a line."""

from __future__ import annotations

from collections import Counter

from synth.review.causes import Edit
from synth.review.report import Report
from synth.review.risks.kinds import SEVERITIES, Risk
from synth.review.words import becomes, listed, where


def headline(report: Report) -> str:
    """`3 objects change in dev and prod, 1 high risk`."""
    if not report.changes:
        return "nothing changes"
    number = len(report.changes)
    objects = "1 object changes" if number == 1 else f"{number} objects change"
    return f"{objects}{where(report.environments)}, {severities(report.risks)}"


def edit(edit: Edit) -> str:
    """`models.sentiment.variants.canary.traffic in prod: 10 → 25`."""
    return f"{edit.key} in {listed(edit.environments)}: {becomes(edit.before, edit.after)}"


def severities(found: tuple[Risk, ...]) -> str:
    """`1 high, 2 medium risks`."""
    counts = Counter(risk.severity for risk in found)
    parts = [f"{counts[each]} {each}" for each in SEVERITIES if counts[each]]
    if not parts:
        return "no risk known"
    return f"{', '.join(parts)} {'risk' if len(found) == 1 else 'risks'}"
