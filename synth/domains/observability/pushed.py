"""What evaluation pushes of models (images/evaluation), in Prometheus' language."""

from __future__ import annotations


def pushed(metric: str, by: str, **labels: str) -> str:
    """A pushed gauge without the labels of the Pushgateway that happens to show it."""
    chosen = ", ".join(f'{key}="{value}"' for key, value in sorted(labels.items()))
    return f"max by ({by}) ({metric}{{{chosen}}})"
