"""Models that Seldon serves."""

from synth.domains.serving.seldon.model import SeldonModel

__all__ = ["SeldonModel"]
