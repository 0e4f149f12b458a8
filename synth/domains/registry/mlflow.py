"""MLflow's tracking server and registry, in a namespace of its own outside the mesh.

Database and object store exist already; their addresses and credentials come from Secrets.

Source: mlflow/mlflow docker/Dockerfile.full, mlflow/cli/__init__.py,
mlflow/server/security_utils.py; the command line was run with 3.17.2.
"""

from __future__ import annotations

from collections.abc import Callable

from constructs import Construct

from synth.config.registry import Mlflow
from synth.domains.registry.pod import PORT, pod
from synth.kit.construct import Manifests
from synth.kit.labels import app_labels
from synth.kit.objects import Body, manifest

NAME = "mlflow"
"""What every object of the server is called."""
LABELS = app_labels(NAME, "tracking-server")


class TrackingServer(Manifests):
    """Everything that the tracking server consists of.

    `monitoring` is the namespace of the Prometheus that scrapes it, if any; `mirror` says what an
    image is called where this environment pulls it from. Objects of other domains find the server at
    `service`, and its metrics by `LABELS` at the Service's port `http`.
    """

    def __init__(
        self,
        scope: Construct,
        mlflow: Mlflow,
        *,
        monitoring: str | None,
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
                _deployment(mlflow, mirror),
                _service(mlflow),
                *_disruption_budget(mlflow),
                _network_policy(mlflow, monitoring),
            ],
            key="mlflow",
        )


def _namespace(mlflow: Mlflow) -> Body:
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    return manifest("v1", "Namespace", mlflow.namespace, labels=labels)


def _deployment(mlflow: Mlflow, mirror: Callable[[str], str]) -> Body:
    return manifest(
        "apps/v1",
        "Deployment",
        NAME,
        namespace=mlflow.namespace,
        labels=LABELS,
        spec={
            "replicas": mlflow.replicas,
            "selector": {"matchLabels": LABELS},
            # One after the other: a new pod migrates the database before it serves.
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
            },
            "template": {
                "metadata": {"labels": LABELS},
                "spec": pod(mlflow, name=NAME, mirror=mirror),
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


def _network_policy(mlflow: Mlflow, monitoring: str | None) -> Body:
    """Calls from the teams' namespaces, whose label Kubeflow's profile controller sets."""
    namespaces = [{"app.kubernetes.io/part-of": "kubeflow-profile"}]
    if mlflow.metrics and monitoring:
        namespaces.append({"kubernetes.io/metadata.name": monitoring})
    return manifest(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        NAME,
        namespace=mlflow.namespace,
        labels=LABELS,
        spec={
            "podSelector": {"matchLabels": LABELS},
            "policyTypes": ["Ingress"],
            "ingress": [
                {
                    "from": [
                        {"namespaceSelector": {"matchLabels": labels}} for labels in namespaces
                    ],
                    "ports": [{"protocol": "TCP", "port": "http"}],
                }
            ],
        },
    )
