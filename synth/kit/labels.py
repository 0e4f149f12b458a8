"""Labels that our own objects carry."""

from __future__ import annotations


def app_labels(name: str, component: str = "") -> dict[str, str]:
    """The recommended labels of one application's objects; also fit for selectors."""
    labels = {"app.kubernetes.io/name": name}
    if component:
        labels["app.kubernetes.io/component"] = component
    return labels
