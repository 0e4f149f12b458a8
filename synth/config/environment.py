"""The whole of an environment file."""

from __future__ import annotations

from synth.config.base import Image, Name, NonEmpty, Section
from synth.config.kubeflow import Kubeflow


class Environment(Section):
    """One environment: a cluster, what runs on it, and where Argo CD reads it from."""

    name: Name
    """The environment's name, as its file or folder is called."""
    registry: NonEmpty | None = None
    """A registry that mirrors every image: docker.io/istio/pilot:1 is pulled as
    <registry>/docker.io/istio/pilot:1."""
    kubeflow: Kubeflow | None = None
