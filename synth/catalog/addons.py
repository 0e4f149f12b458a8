"""Seldon's operator as a Helm chart: where it is, what it creates, which images it runs.

Source: SeldonIO/seldon-core helm-charts/seldon-core-operator (templates/, README.md); the chart of
1.17.1 and of 1.18.1 as kubeflow/manifests 1.8.1 and 1.9.1 render them, contrib/seldon/
seldon-core-operator/base/resources.yaml; operator/config/manager/configmap.yaml at 1.17.1 as
canonical/seldon-core-operator src/default-custom-images.json repeats it; doc/source/reference/
upgrading.md at v1.18.2; LICENSE at v1.17.1 and v1.18.2.
"""

from __future__ import annotations

from collections.abc import Iterator

from synth.kit.objects import Identity

SELDON_REPOSITORY = "https://storage.googleapis.com/seldon-charts"
SELDON_CHART = "seldon-core-operator"
SELDON_MINORS = ((1, 17), (1, 18))
"""The minor versions whose chart is known; both create the same objects."""
SELDON_LAST_OPEN = (1, 17)
"""The last minor version under the Apache License; later ones are under the Business Source
License 1.1."""
SELDON_KUBERNETES = ((1, 23), (1, 27))
"""The first and the last minor version of Kubernetes that both are documented for."""

_SELDON_OBJECTS = (
    "/Namespace//{namespace}",
    "/ConfigMap/{namespace}/seldon-config",
    "/Service/{namespace}/seldon-webhook-service",
    "/ServiceAccount/{namespace}/seldon-manager",
    "admissionregistration.k8s.io/ValidatingWebhookConfiguration//"
    "seldon-validating-webhook-configuration-{namespace}",
    "apiextensions.k8s.io/CustomResourceDefinition//seldondeployments.machinelearning.seldon.io",
    "apps/Deployment/{namespace}/seldon-controller-manager",
    "cert-manager.io/Certificate/{namespace}/seldon-serving-cert",
    "cert-manager.io/Issuer/{namespace}/seldon-selfsigned-issuer",
    "rbac.authorization.k8s.io/ClusterRole//seldon-manager-role-{namespace}",
    "rbac.authorization.k8s.io/ClusterRole//seldon-manager-sas-role-{namespace}",
    "rbac.authorization.k8s.io/ClusterRoleBinding//seldon-manager-rolebinding-{namespace}",
    "rbac.authorization.k8s.io/ClusterRoleBinding//seldon-manager-sas-rolebinding-{namespace}",
    "rbac.authorization.k8s.io/Role/{namespace}/seldon-leader-election-role",
    "rbac.authorization.k8s.io/RoleBinding/{namespace}/seldon-leader-election-rolebinding",
)

SELDON_IMAGES = {
    "image": "docker.io/seldonio/seldon-core-operator:{version}",
    "executor.image": "docker.io/seldonio/seldon-core-executor:{version}",
    "storageInitializer.image": "seldonio/rclone-storage-initializer:{version}",
    "explainer.image": "seldonio/alibiexplainer:{version}",
    "explainer.image_v2": "seldonio/mlserver:1.3.5-alibi-explain",
}
"""The images by the value of the chart that names them, of a version."""
SELDON_SERVERS = {
    ("HUGGINGFACE_SERVER", "v2"): "seldonio/mlserver:1.3.5-huggingface",
    ("MLFLOW_SERVER", "seldon"): "seldonio/mlflowserver:{version}",
    ("MLFLOW_SERVER", "v2"): "seldonio/mlserver:1.3.5-mlflow",
    ("SKLEARN_SERVER", "seldon"): "seldonio/sklearnserver:{version}",
    ("SKLEARN_SERVER", "v2"): "seldonio/mlserver:1.3.5-sklearn",
    ("TEMPO_SERVER", "v2"): "seldonio/mlserver:1.3.5-slim",
    ("TENSORFLOW_SERVER", "seldon"): "seldonio/tfserving-proxy:{version}",
    ("TENSORFLOW_SERVER", "tensorflow"): "tensorflow/serving:2.1.0",
    ("TRITON_SERVER", "v2"): "nvcr.io/nvidia/tritonserver:21.08-py3",
    ("XGBOOST_SERVER", "seldon"): "seldonio/xgboostserver:{version}",
    ("XGBOOST_SERVER", "v2"): "seldonio/mlserver:1.3.5-xgboost",
}
"""The images of prepackaged servers by implementation and protocol."""


def seldon_objects(namespace: str) -> Iterator[Identity]:
    """What the chart creates in and for a namespace, and the namespace itself, with certificates of
    cert-manager and the CRD, and nothing left to the operator to create.
    """
    for each in _SELDON_OBJECTS:
        group, kind, where, name = each.format(namespace=namespace).split("/")
        yield Identity(group, kind, where, name)


def seldon_images(version: str) -> Iterator[str]:
    """Every image of a version."""
    for image in (*SELDON_IMAGES.values(), *SELDON_SERVERS.values()):
        yield image.format(version=version)
