"""What a rule found: the code names the rule, the way out is part of the message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "accepted"]


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that a rule has to say.

    `key` is the configuration path it is about (`kubeflow.components.seldon`), or the overlay's
    (`overlays/prod/models`); an `error` stops the build, a `warning` is shown, and what is `accepted`
    by an entry of `policy.accepted` is only listed. `application` and `object` say which rendered
    object it is about, if any, in the words that entries of `policy.accepted` use.
    """

    code: str
    severity: Severity
    key: str
    message: str
    application: str = ""
    object: str = ""
    accepted_by: str = ""
