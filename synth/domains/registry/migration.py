"""The migration of the database, before a server of a new version starts.

Argo CD runs it in the middle of every sync, since a hook before the sync would wait for Secrets
that the sync makes: after the wave with these, and before the wave with the server. A migration
that has nothing to do changes nothing.

Source: argoproj/argo-cd gitops-engine pkg/sync/sync_context.go at v3.2.6;
mlflow/mlflow mlflow/db.py at v3.17.2.
"""

from __future__ import annotations

from collections.abc import Callable

from synth.config.registry import Mlflow
from synth.domains.registry.pod import migration_pod
from synth.kit.labels import app_labels
from synth.kit.objects import Body, manifest

_WAVE = "argocd.argoproj.io/sync-wave"
MIGRATES = {
    "argocd.argoproj.io/hook": "Sync",
    # Nobody can change a Job's pod. The last one stays until then, for its log.
    "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation",
    _WAVE: "1",
}
SERVES = {_WAVE: "2"}
"""The annotation of what must not start before the migration is done."""


def migration(mlflow: Mlflow, *, name: str, mirror: Callable[[str], str]) -> Body:
    """The Job; `name` is that of the server, whose ServiceAccount it has."""
    labels = app_labels(name, "migration")
    # A sidecar would keep the pod alive after the migration.
    outside = {"sidecar.istio.io/inject": "false"} if mlflow.mesh else {}
    return manifest(
        "batch/v1",
        "Job",
        f"{name}-migration",
        namespace=mlflow.namespace,
        labels=labels,
        annotations=MIGRATES,
        spec={
            "backoffLimit": 2,  # Argo CD tries again by itself
            # Ends what hangs, not what is slow: a migration that is cut off may leave the schema
            # between two versions.
            "activeDeadlineSeconds": 3600,
            "template": {
                "metadata": {"labels": {**labels, **outside}},
                "spec": migration_pod(mlflow, account=name, mirror=mirror),
            },
        },
    )
