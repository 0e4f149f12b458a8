"""`kubeflow:`: which release an environment runs, and how it comes into `dist/`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from synth.config.base import NonEmpty, Section, refers_to

KUBEFLOW_RELEASES = "Kubeflow releases"
"""What the loader's caller calls the releases that the catalogue knows."""


class Kubeflow(Section):
    """The Kubeflow install of an environment."""

    release: Annotated[str, refers_to(KUBEFLOW_RELEASES), Field(examples=["1.8.1", "26.03"])]
    """A release of kubeflow/manifests that the catalogue knows; in quotes, it is a string."""
    source: Literal["reference", "hydrated"] = "reference"
    """`reference`: Argo CD builds upstream's own files, pinned to a commit; `hydrated`: the
    finished manifests are written into dist/."""
    upstream: NonEmpty | None = None
    """A local copy of kubeflow/manifests for `hydrated`, absolute or relative to the repository;
    without it the pinned commit is fetched once. KFSYNTH_UPSTREAM says the same for all
    environments."""
    remotes: dict[str, NonEmpty] = {}
    """Local copies, for `hydrated`, of what upstream's files themselves pull from other
    repositories: the tree of argo-workflows, the manifests.yaml of jobset, by these names."""
    default_credentials: Literal["external", "upstream"] = "external"
    """`external`: ExternalSecrets take the place of upstream's Secrets with well-known
    passwords and of the password hash in dex's configuration; `upstream` keeps those (never
    outside a sandbox)."""
    pipelines_store: Literal["database", "kubernetes"] = "database"
    """Where Kubeflow Pipelines keeps pipelines: `kubernetes` says that its API server runs with
    --pipelinesStoreKubernetes, and that the CRDs are there, which no release has by default."""
    components: dict[str, bool] = {}
    """Components to switch on or off, by the catalogue's names."""
