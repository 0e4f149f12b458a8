"""What Seldon's servers are called and speak, the names that its operator makes, and who calls.

Source: SeldonIO/seldon-core, operator/config/manager/configmap.yaml (predictor_servers),
operator/apis/machinelearning.seldon.io/v1 (prepack.go, seldondeployment_types.go) and
operator/controllers (seldondeployment_prepackaged_servers.go, seldondeployment_explainers.go,
model_initializer_injector.go), 1.17.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

NAME_LENGTH = 63
"""Longer names of Deployments and Services become `seldon-<md5>`."""


@dataclass(frozen=True, slots=True)
class SeldonServer:
    """The server of a format: Seldon's name of it, and the protocols it speaks, the usual first.

    `implementation` is empty where the server is an image of one's own.
    """

    implementation: str
    protocols: tuple[str, ...]


SELDON_SERVERS: Mapping[str, SeldonServer] = {
    "mlflow": SeldonServer("MLFLOW_SERVER", ("v2", "seldon")),
    "sklearn": SeldonServer("SKLEARN_SERVER", ("v2", "seldon")),
    "xgboost": SeldonServer("XGBOOST_SERVER", ("v2", "seldon")),
    # Its proxy for the protocol seldon would take image and resources in TensorFlow's place.
    "tensorflow": SeldonServer("TENSORFLOW_SERVER", ("tensorflow",)),
    "onnx": SeldonServer("TRITON_SERVER", ("v2",)),
    "pytorch": SeldonServer("TRITON_SERVER", ("v2",)),
    "huggingface": SeldonServer("HUGGINGFACE_SERVER", ("v2",)),
    "custom": SeldonServer("", ("seldon", "v2", "tensorflow")),
}
"""Seldon's servers by the format of a model's files."""

NEWEST_MLFLOW = 2
"""The major version of MLflow in Seldon's own server, seldonio/mlserver:1.3.5-mlflow at most."""

EXPLAINER_CALLS = {
    ("v2", "rest"), ("seldon", "rest"), ("seldon", "grpc"), ("tensorflow", "rest"),
}  # fmt: skip
"""How an explainer calls its model, by protocol and transport: in v2 always by an http:// address
(mlserver.go), else as alibiexplainer's Protocol has it
(components/alibi-explain-server/alibiexplainer/utils.py).
"""
V2_EXPLAINERS = {"Counterfactuals", "Contrastive"}
"""What MLServer explains by and alibiexplainer, which speaks all but v2, does not (same sources)."""

TAKEN = {"seldon-container-engine", "tfserving", "istio-proxy"}
"""Containers that the operator and the mesh add to a pod themselves."""
INGRESS_GATEWAY = "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account"
"""The principal of Kubeflow's ingress gateway (kubeflow/manifests common/istio*)."""
EXECUTOR_PORTS = ("8000", "5001")
"""Where the executor takes requests: REST, which its metrics share, and gRPC."""
EXPLAINER_PORT = "9000"
METRICS_PATH = "/prometheus"


def seldon_protocol(format: str, given: str | None) -> str:
    """The protocol of a model: the one that is given, else the usual one of its format."""
    return given or SELDON_SERVERS[format].protocols[0]


def seldon_address(host: str, namespace: str, model: str) -> str:
    """Where the ingress gateway has a model; without a host under every one of the gateway's.

    The operator's routes are by prefix (operator/controllers/seldondeployment_controller.go,
    createIstioResources).
    """
    return f"{host}/seldon/{namespace}/{model}/"


def predictor_name(model: str, variant: str) -> str:
    """The Service of a predictor, and the label seldon-app of its pods."""
    return f"{model}-{variant}"


def explainer_name(model: str, variant: str) -> str:
    """The Deployment and Service of an explainer, and the label seldon-app of its pods."""
    return f"{model}-{variant}-explainer"


def deployment_name(model: str, variant: str, containers: Iterable[str]) -> str:
    """The Deployment of a predictor's only componentSpec, its autoscaler and the label app."""
    return f"{model}-{variant}-0-{'-'.join(containers)}"


def container_service(model: str, variant: str, container: str) -> str:
    """The Service of one container of a predictor."""
    return f"{model}-{variant}-{container}"


def model_volume(container: str) -> str:
    """The volume that the storage initializer leaves a container's model in."""
    return f"{container}-provision-location"
