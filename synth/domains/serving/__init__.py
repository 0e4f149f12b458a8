"""Models as they are served."""

from synth.domains.serving.kserve import KServeModel
from synth.domains.serving.seldon import SeldonModel

__all__ = ["KServeModel", "SeldonModel"]
