"""Every check, over every change."""

from __future__ import annotations

from collections.abc import Sequence

from synth.review.comparison import Change
from synth.review.describe import subject
from synth.review.risks import access, gone, models, needs
from synth.review.risks.kinds import SEVERITIES, Risk
from synth.review.risks.surroundings import (
    Check,
    Surroundings,
)

_CHECKS: tuple[Check, ...] = (
    gone.immutable, gone.holds_data, gone.versions, gone.used, access.rights, access.bindings, access.network, access.pod_security,
    models.unwatched, models.steps, models.unseen, models.renamed, needs.secrets, needs.images, needs.scaled, needs.disruptions,
)  # fmt: skip


def risks(changes: Sequence[Change], surroundings: Surroundings) -> list[Risk]:
    """Everything that these changes can hurt, the worst first."""
    found = [
        Risk(code, change.environment, change.application, change.object, subject(change), *rest)
        for change in changes
        for check in _CHECKS
        for code, *rest in check(change, surroundings)
    ]
    found += gone.together(changes, surroundings)
    return sorted(
        dict.fromkeys(found),
        key=lambda r: (SEVERITIES.index(r.severity), r.code, r.subject, r.environment, r.reason),
    )
