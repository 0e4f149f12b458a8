"""What teams share a platform by."""

from synth.domains.platform.namespace import TeamNamespace
from synth.domains.platform.teams import TeamProfile

__all__ = ["TeamNamespace", "TeamProfile"]
