"""An Argo CD application as the steps hand it on: what it is called, where it reads, what it owns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from synth.kit.objects import Identity


@dataclass(frozen=True, slots=True)
class HelmChart:
    """A pinned chart that Argo CD renders itself; its release is called like the Application where
    `release` does not say otherwise.
    """

    repository: str
    chart: str
    version: str
    values: dict[str, Any] = field(default_factory=dict)
    release: str = ""


@dataclass(frozen=True, slots=True)
class Application:
    """One application of one environment.

    `name` is without the environment's (`models`, `kubeflow-pipelines`); the Application object
    is called `<environment>-<name>`. `wave` orders the first installation. `source` is the folder
    `dist/<environment>/<name>/` as plain manifests (`directory`) or as a kustomization, or a chart.
    `version` is that of what it installs, where it has one. A `retired` one has nothing in git any more, and Argo CD may remove all it had.
    `subfolder` is the part of that folder that Argo CD reads, where it is not all of it.
    `objects` names everything it owns: projects permit exactly these kinds and namespaces; for a
    chart it lists what the add-on catalogue knows of it.
    Nothing is ever pruned where `prune` is off, as long as it is not retired; without `self_heal`
    what somebody else changes in the cluster stays until git says something new.
    `namespace` is where objects go that name none; with `namespace_labels` Argo CD makes it, with
    these labels, and never removes it.
    """

    name: str
    wave: int
    objects: tuple[Identity, ...]
    source: Literal["directory", "kustomize"] | HelmChart = "directory"
    namespace: str = ""
    namespace_labels: dict[str, str] = field(default_factory=dict)
    subfolder: str = ""
    version: str = ""
    retired: bool = False
    prune: bool = True
    self_heal: bool = True


PARTIAL = frozenset({"overlays", "static-passwords"})
"""Folders of an application with a kustomization that hold parts of objects, and none as it will be."""
HYDRATED = "manifests"
"""The folder of a hydrated component's manifests. After a change of `kubeflow.source` Argo CD reads
the new files for a moment while it still knows the Application as the old one; each must find
nothing where the other has its files, and then prunes nothing either.
"""
SETTINGS = "kfsynth-settings"
"""The Application that keeps Argo CD's settings in sync, and its project."""
BOOTSTRAP, ROOT = "bootstrap", "root"
"""The Applications that keep `argocd/<environment>/` in sync, and the Applications themselves."""


VERSION_LABEL = "app.kubernetes.io/version"
"""Where an Application says which version of something it installs."""


def application_name(environment: str, name: str) -> str:
    """What an application of an environment is called in Argo CD."""
    return f"{environment}-{name}"


def gitops_project(environment: str) -> str:
    """The name of the project of the bootstrap and root Applications."""
    return f"{environment}-gitops"
