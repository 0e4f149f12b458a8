"""MLflow's tracking server and registry, in a namespace of its own.

Database and object store exist already; their addresses and credentials come from Secrets, which
exist as well or are brought by the environment's provider.

Source: mlflow/mlflow docker/Dockerfile.full, mlflow/cli/__init__.py,
mlflow/server/security_utils.py; the command line was run with 3.17.2.
"""

from __future__ import annotations

from collections.abc import Callable

from constructs import Construct

from synth.config.registry import Mlflow
from synth.domains.registry.access import mesh_policy, network_policy
from synth.domains.registry.migration import SERVES, migration
from synth.domains.registry.pod import PORT, server_pod
from synth.kit.construct import Manifests
from synth.kit.labels import app_labels
from synth.kit.objects import Body, manifest
from synth.kit.secrets import Provider

NAME = "mlflow"
"""What every object of the server is called."""
LABELS = app_labels(NAME, "tracking-server")


class TrackingServer(Manifests):
    """Everything that the tracking server consists of.

    `monitoring` is the namespace of the Prometheus that scrapes it, if any; `store` brings those of its
    Secrets that do not exist already; `mirror` says what an image is called where this
    environment pulls it from. Objects of other domains find the server at `service`, and its
    metrics by `LABELS` at the Service's port `http`.
    """

    def __init__(
        self,
        scope: Construct,
        mlflow: Mlflow,
        *,
        monitoring: str | None,
        store: Provider,
        mirror: Callable[[str], str],
    ) -> None:
        self.service = f"http://{NAME}.{mlflow.namespace}.svc.cluster.local:{PORT}"
        """Where clients in the cluster reach it: MLFLOW_TRACKING_URI."""
        super().__init__(
            scope,
            NAME,
            [
                _namespace(mlflow),
                manifest(
                    "v1",
                    "ServiceAccount",
                    NAME,
                    namespace=mlflow.namespace,
                    labels=LABELS,
                    automountServiceAccountToken=False,
                ),
                *map(store.made, mlflow.secrets),
                migration(mlflow, name=NAME, mirror=mirror),
                _deployment(mlflow, mirror),
                _service(mlflow),
                *_disruption_budget(mlflow),
                network_policy(mlflow, name=NAME, labels=LABELS, monitoring=monitoring),
                *([mesh_policy(mlflow, name=NAME, labels=LABELS)] if mlflow.mesh else []),
            ],
            key="mlflow",
        )


def _namespace(mlflow: Mlflow) -> Body:
    labels = {
        "pod-security.kubernetes.io/enforce": "restricted",
        **({"istio-injection": "enabled"} if mlflow.mesh else {}),
    }
    return manifest("v1", "Namespace", mlflow.namespace, labels=labels)


def _deployment(mlflow: Mlflow, mirror: Callable[[str], str]) -> Body:
    return manifest(
        "apps/v1",
        "Deployment",
        NAME,
        namespace=mlflow.namespace,
        labels=LABELS,
        annotations=SERVES,
        spec={
            "replicas": mlflow.replicas,
            "selector": {"matchLabels": LABELS},
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
            },
            "template": {
                "metadata": {"labels": LABELS},
                "spec": server_pod(mlflow, name=NAME, mirror=mirror),
            },
        },
    )


def _service(mlflow: Mlflow) -> Body:
    return manifest(
        "v1",
        "Service",
        NAME,
        namespace=mlflow.namespace,
        labels=LABELS,
        spec={
            "selector": LABELS,
            "ports": [{"name": "http", "port": PORT, "targetPort": "http"}],
        },
    )


def _disruption_budget(mlflow: Mlflow) -> list[Body]:
    if mlflow.replicas < 2:  # a budget for one pod would block every drain of its node
        return []
    return [
        manifest(
            "policy/v1",
            "PodDisruptionBudget",
            NAME,
            namespace=mlflow.namespace,
            labels=LABELS,
            spec={"maxUnavailable": 1, "selector": {"matchLabels": LABELS}},
        )
    ]
