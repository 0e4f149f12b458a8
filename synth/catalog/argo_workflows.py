"""Which Argo Workflows a cluster has, and since when it can do what not every version can.

Source: argoproj/argo-workflows pkg/apis/workflow/v1alpha1 at 3.3.10, 3.4.17, 3.5.14, 3.6.0, 3.7.3.
"""

from __future__ import annotations

from collections.abc import Mapping

from synth.catalog.kubeflow import load_release

COMPONENT = "pipelines"
"""Kubeflow's component that brings it."""
SINCE = {
    "artifactGC": (3, 4),
    "podGC.deleteDelay": (3, 5),
    "when": (3, 6),
    "stopStrategy": (3, 6),
    "backoff.cap": (3, 7),
}
"""The first minor version that can do what a field asks for."""


def argo_workflows(
    release: str | None, switches: Mapping[str, bool], addon: str | None
) -> str | None:
    """The version of Argo Workflows, or None where there is none: the add-on's, or that of a
    Kubeflow release with its components switched as `switches` says.
    """
    if addon or release is None:
        return addon
    kubeflow = load_release(release)
    enabled = {component.name for component in kubeflow.enabled(switches)}
    return kubeflow.argo_workflows if COMPONENT in enabled else None
