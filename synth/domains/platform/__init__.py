"""What teams share a platform by."""

from synth.domains.platform.teams import TeamProfile

__all__ = ["TeamProfile"]
