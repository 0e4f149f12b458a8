"""Where traces go: Jaeger."""

from synth.domains.tracing.jaeger import TraceStore

__all__ = ["TraceStore"]
