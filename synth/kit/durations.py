"""Durations as Kubernetes objects write them."""

from __future__ import annotations

from synth.kit.quantities import milliseconds


def seconds(text: str) -> int:
    """A duration in whole seconds, rounded up: `1h` is 3600, `1500ms` is 2. Raises ValueError."""
    return -(-milliseconds(text) // 1000)


def minutes(duration: int) -> str:
    """Seconds in whole minutes, rounded up, as Prometheus and Grafana write them: 90 is `2m`."""
    return f"{-(-duration // 60)}m"


def iso8601(text: str) -> str:
    """A duration as ISO 8601 writes it: `1m30s` is PT90S, `500ms` is PT0.5S. Raises ValueError."""
    whole, rest = divmod(milliseconds(text), 1000)
    fraction = f".{rest:03}".rstrip("0") if rest else ""
    return f"PT{whole}{fraction}S"
