"""Add-ons as Helm charts: where they are, what they create, which images they run.

Source for Seldon's operator: SeldonIO/seldon-core helm-charts/seldon-core-operator (templates/,
README.md); the chart of 1.17.1 and of 1.18.1 as kubeflow/manifests 1.8.1 and 1.9.1 render them,
contrib/seldon/seldon-core-operator/base/resources.yaml; operator/config/manager/configmap.yaml at
1.17.1 as canonical/seldon-core-operator src/default-custom-images.json repeats it; doc/source/
reference/upgrading.md at v1.18.2; LICENSE at v1.17.1 and v1.18.2.

Source for Argo Events: argoproj/argo-helm charts/argo-events (README.md, templates/); argoproj/
argo-events manifests/base/controller-manager/controller-config.yaml, v1.9.10.

Source for Argo Workflows: argoproj/argo-helm charts/argo-workflows (values.yaml, templates/crds.yaml,
templates/controller/); the versions from the notes of its releases argo-workflows-0.46.2, 0.47.1 and
0.47.5.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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


ARGO_REPOSITORY = "https://argoproj.github.io/argo-helm"
ARGO_CHART = "argo-workflows"
ARGO_CHARTS = {"3.7.6": "0.46.2", "3.7.8": "0.47.1", "3.7.11": "0.47.5"}
"""The version of the chart by that of Argo Workflows, for those that are known."""

_ARGO_OBJECTS = (
    "/Namespace//{namespace}",
    "/ConfigMap/{namespace}/argo-workflows-workflow-controller-configmap",
    "/ServiceAccount/{namespace}/argo-workflows-workflow-controller",
    *(
        f"apiextensions.k8s.io/CustomResourceDefinition//{plural}.argoproj.io"
        for plural in (
            "clusterworkflowtemplates",
            "cronworkflows",
            "workflowartifactgctasks",
            "workfloweventbindings",
            "workflows",
            "workflowtaskresults",
            "workflowtasksets",
            "workflowtemplates",
        )
    ),
    "apps/Deployment/{namespace}/argo-workflows-workflow-controller",
    "rbac.authorization.k8s.io/ClusterRole//argo-workflows-admin",
    "rbac.authorization.k8s.io/ClusterRole//argo-workflows-edit",
    "rbac.authorization.k8s.io/ClusterRole//argo-workflows-view",
    "rbac.authorization.k8s.io/ClusterRole//argo-workflows-workflow-controller",
    "rbac.authorization.k8s.io/ClusterRole//argo-workflows-workflow-controller-cluster-template",
    "rbac.authorization.k8s.io/ClusterRoleBinding//argo-workflows-workflow-controller",
    "rbac.authorization.k8s.io/ClusterRoleBinding//"
    "argo-workflows-workflow-controller-cluster-template",
)


def argo_objects(namespace: str) -> Iterator[Identity]:
    """What the chart of Argo Workflows creates in and for a namespace, and the namespace itself,
    without its server.
    """
    return _identities(_ARGO_OBJECTS, namespace)


def argo_images(version: str) -> Iterator[str]:
    """The images of a version of Argo Workflows: its controller, and what stands in every pod."""
    for name in ("workflow-controller", "argoexec"):
        yield f"quay.io/argoproj/{name}:v{version}"


def seldon_objects(namespace: str) -> Iterator[Identity]:
    """What the chart creates in and for a namespace, and the namespace itself, with certificates of
    cert-manager and the CRD, and nothing left to the operator to create.
    """
    return _identities(_SELDON_OBJECTS, namespace)


def seldon_images(version: str) -> Iterator[str]:
    """Every image of a version."""
    for image in (*SELDON_IMAGES.values(), *SELDON_SERVERS.values()):
        yield image.format(version=version)


ARGO_EVENTS_CHART = "argo-events"
ARGO_EVENTS_CHARTS = {"1.9.10": "2.4.21"}
"""The chart's version for each version of Argo Events that is known."""
ARGO_EVENTS_IMAGE = "quay.io/argoproj/argo-events:v{version}"
"""The image of the controller, of EventSources and of Sensors."""
JETSTREAM_IMAGES = {
    "2.10.29": {
        "natsImage": "nats:2.10.29",
        "metricsExporterImage": "natsio/prometheus-nats-exporter:0.14.0",
        "configReloaderImage": "natsio/nats-server-config-reloader:0.14.0",
    },
    "2.9.16": {
        "natsImage": "nats:2.9.16",
        "metricsExporterImage": "natsio/prometheus-nats-exporter:0.9.1",
        "configReloaderImage": "natsio/nats-server-config-reloader:0.7.0",
    },
}
"""The images of an event bus by the version of NATS, as values of the chart; the chart's own name
no version."""

_ARGO_EVENTS_OBJECTS = (
    "/Namespace//{namespace}",
    "/ConfigMap/{namespace}/argo-events-controller-manager",
    "/ServiceAccount/{namespace}/argo-events-controller-manager",
    "apiextensions.k8s.io/CustomResourceDefinition//eventbus.argoproj.io",
    "apiextensions.k8s.io/CustomResourceDefinition//eventsources.argoproj.io",
    "apiextensions.k8s.io/CustomResourceDefinition//sensors.argoproj.io",
    "apps/Deployment/{namespace}/argo-events-controller-manager",
    "rbac.authorization.k8s.io/ClusterRole//argo-events-controller-manager",
    "rbac.authorization.k8s.io/ClusterRoleBinding//argo-events-controller-manager",
)


def argo_events_objects(namespace: str) -> Iterator[Identity]:
    """What the chart creates in and for a namespace, and the namespace itself, without the
    admission webhook and metrics, which are off by default.
    """
    return _identities(_ARGO_EVENTS_OBJECTS, namespace)


def argo_events_images(version: str) -> Iterator[str]:
    """Every image of a version, and of the event buses that it can run."""
    yield ARGO_EVENTS_IMAGE.format(version=version)
    for images in JETSTREAM_IMAGES.values():
        yield from images.values()


def _identities(objects: Iterable[str], namespace: str) -> Iterator[Identity]:
    for each in objects:
        group, kind, where, name = each.format(namespace=namespace).split("/")
        yield Identity(group, kind, where, name)
