"""Parameters of servers and steps."""

from __future__ import annotations

from synth.config.graph import Parameter


def text(value: Parameter) -> str:
    """A parameter's value as programs read it back."""
    return str(value).lower() if isinstance(value, bool) else str(value)
