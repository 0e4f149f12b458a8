"""The environments of a repository, as files say them, with names that the catalogue knows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from synth.catalog.argocd import KUSTOMIZE
from synth.catalog.kubeflow import RELEASES
from synth.config.gitops import ARGOCD_VERSIONS
from synth.config.kubeflow import KUBEFLOW_RELEASES
from synth.config.load import Loaded, load
from synth.config.problems import ConfigurationError, Mark, Problem
from synth.config.sealed import read_sealed
from synth.project import Project
from synth.shard import WHOLE, Shard

KNOWN = {KUBEFLOW_RELEASES: RELEASES, ARGOCD_VERSIONS: tuple(KUSTOMIZE)}
"""Names that an environment file may use and that only the catalogue knows."""


def configuration(
    project: Project, names: Sequence[str] = (), shard: Shard = WHOLE
) -> dict[str, Loaded]:
    """The environments called `names` (all of the shard where none is named), by name.

    Mistakes in any environment are mistakes: files are shared through `extends`.
    Raises ConfigurationError.
    """
    loaded = load(project.environments, KNOWN)
    check_names(loaded, names)
    return {
        name: replace(loaded[name], sealed=read_sealed(project.secrets / name, f"secrets/{name}"))
        for name in names or shard.environments(clusters(loaded))
    }


def clusters(loaded: Mapping[str, Loaded]) -> dict[str, str]:
    """The address of each environment's cluster, by the environment's name."""
    return {name: each.environment.cluster.server for name, each in loaded.items()}


def check_names(loaded: Collection[str], names: Iterable[str]) -> None:
    """Every name is that of an environment. Raises ConfigurationError."""
    there = ", ".join(loaded)
    problems = [
        Problem(Mark("environments"), "", f"there is no environment {name!r} (there: {there})")
        for name in names
        if name not in loaded
    ]
    if problems:
        raise ConfigurationError(problems)
