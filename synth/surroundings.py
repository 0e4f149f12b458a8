"""What builds read beside environments and overlays: Kustomize, local copies of upstream, and the
sources of pipelines.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from synth.app.knative_kafka import KNATIVE_KAFKA, unfit
from synth.app.kubeflow import Hydration
from synth.app.pipelines import Compiled, compile_all
from synth.catalog.knative_kafka import FILES
from synth.catalog.kubeflow import load_release
from synth.config.load import Loaded
from synth.config.problems import ConfigurationError, Problem
from synth.project import Project
from synth.render import record
from synth.render.cache import Cache
from synth.render.digests import digest
from synth.render.kustomize import Kustomize, asked, find_kustomize
from synth.render.overlay import find_overlays
from synth.render.upstream import fetch

_SCRIPT = 1_000_000
"""A smaller program (bytes) may be a script that starts now one version, now another."""


class Surroundings:
    """What builds read beside environments and overlays, each found and digested once.

    `outside` holds the digests by path.
    """

    def __init__(self, project: Project, cache: Cache) -> None:
        self._project = project
        self._cache = cache
        self._kustomizes: dict[tuple[str, ...], Kustomize] = {}
        self.outside: dict[str, str] = {}

    def hydration(self, loaded: Loaded) -> Hydration:
        """Where an environment's Kubeflow and Knative's Kafka source come from and which Kustomize
        builds, where needed.

        Raises KustomizeError, UpstreamError, ConfigurationError.
        """
        return replace(self._hydration(loaded), knative_kafka=self._knative_kafka(loaded))

    def _knative_kafka(self, loaded: Loaded) -> dict[str, bytes]:
        wanted = loaded.environment.addons.knative_kafka
        if not (wanted and wanted.install and wanted.files):
            return {}
        folder = self._project.root / wanted.files
        self._digest(folder)
        missing = [name for name in FILES if not (folder / name).is_file()]
        copies = {name: (folder / name).read_bytes() for name in FILES if name not in missing}
        wrong = f"it has no {missing[0]}" if missing else unfit(wanted.version, copies.values())
        if wrong:
            message = (
                f"{wanted.files} is no copy of eventing-kafka-broker {wanted.version}: {wrong}"
            )
            key = "addons.knativeKafka.files"
            raise ConfigurationError([Problem(loaded.mark(*key.split(".")), key, message)])
        return copies

    def _hydration(self, loaded: Loaded) -> Hydration:
        kubeflow = loaded.environment.kubeflow
        overlays = find_overlays(self._project.overlays, loaded.chain)
        hydrated = kubeflow is not None and kubeflow.source == "hydrated"
        # Argo CD builds the others itself.
        own_overlays = any(
            name != KNATIVE_KAFKA and not name.startswith("kubeflow-") for name in overlays
        )
        if not (hydrated or own_overlays):
            return Hydration()
        accepted = load_release(kubeflow.release).kustomize if kubeflow else ("5.5.0", "5.8.1")
        kustomize = self._kustomize(accepted)
        if not (hydrated and kubeflow):
            return Hydration(kustomize)
        release = load_release(kubeflow.release)
        local = os.environ.get("KFSYNTH_UPSTREAM") or kubeflow.upstream
        tree = self._project.root / local if local else fetch(release, self._cache)
        remotes = {name: self._project.root / path for name, path in kubeflow.remotes.items()}
        missing = [
            (f"remotes.{name}", f"there is no {kubeflow.remotes[name]}")
            for name, path in remotes.items()
            if not path.exists()
        ]
        if not (tree / "example").is_dir():
            message = f"{local} is no copy of kubeflow/manifests: it has no folder example/"
            missing.append(("upstream", message))
        if missing:
            raise ConfigurationError(
                Problem(loaded.mark("kubeflow", *key.split(".")), f"kubeflow.{key}", message)
                for key, message in missing
            )
        content = digest(*map(self._digest, (tree, *remotes.values())))
        return Hydration(kustomize, tree, remotes, content)

    def pipelines(
        self, environments: Mapping[str, Loaded], code: str
    ) -> dict[str, dict[str, Compiled]]:
        """The compiled pipelines of every environment, by its name and theirs; `code` is the
        digest of what computes.

        Raises ConfigurationError.
        """
        return compile_all(self._project.root, environments, self._cache, code, self._digest)

    def _kustomize(self, accepted: tuple[str, ...]) -> Kustomize:
        if accepted not in self._kustomizes:
            self._kustomizes[accepted] = find_kustomize(accepted, self._version)
            self._digest(self._kustomizes[accepted].path)
        return self._kustomizes[accepted]

    def _version(self, command: Sequence[str], program: Path) -> str:
        """The version that a program says it has; one that has not changed is asked once."""
        if program.stat().st_size < _SCRIPT:
            return asked(command)
        key = digest(*command, str(program), record.outside_digest(program))
        return self._cache.made("programs", key, lambda: asked(command).encode()).decode()

    def _digest(self, path: Path) -> str:
        if str(path) not in self.outside:
            self.outside[str(path)] = record.outside_digest(path)
        return self.outside[str(path)]
