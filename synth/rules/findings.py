"""What a rule found: the code names the rule, the way out is part of the message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that a rule has to say.

    `key` is the configuration path it is about (`kubeflow.components.seldon`), or the overlay's
    (`overlays/prod/models`); an `error` stops the build, a `warning` is shown.
    """

    code: str
    severity: Literal["error", "warning"]
    key: str
    message: str
