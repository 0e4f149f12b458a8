"""What KServe serves models with, as the Kubeflow releases install it.

Source: the ClusterServingRuntimes of kubeflow/manifests contrib/kserve/kserve (up to 1.9) and
applications/kserve/kserve (from 1.10), KServe 0.11.1 to 0.16.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from synth.kit.quantities import canonical
from synth.kit.versions import minor


@dataclass(frozen=True, slots=True)
class Runtime:
    """A ClusterServingRuntime: the formats it serves, and the protocols it speaks over REST.

    `since` is the first version of KServe that has it, `arguments` says whether its program is
    told things by arguments such as `--name=value`.
    """

    name: str
    formats: frozenset[str]
    protocols: tuple[str, ...]
    since: tuple[int, int] = (0, 11)
    arguments: bool = True


RUNTIMES = (
    Runtime(
        "kserve-mlserver", frozenset({"mlflow", "sklearn", "xgboost"}), ("v2",), arguments=False
    ),
    Runtime("kserve-tensorflow-serving", frozenset({"tensorflow"}), ("v1",)),
    Runtime("kserve-tritonserver", frozenset({"onnx", "pytorch", "tensorflow"}), ("v2",)),
    Runtime("kserve-huggingfaceserver", frozenset({"huggingface"}), ("v2", "v1"), since=(0, 13)),
    Runtime("kserve-sklearnserver", frozenset({"sklearn"}), ("v1", "v2")),
    Runtime("kserve-xgbserver", frozenset({"xgboost"}), ("v1", "v2")),
    Runtime("kserve-torchserve", frozenset({"pytorch"}), ("v1", "v2")),
)
"""The runtimes for the formats that models may have, the preferred one of a format first."""


def runtimes(kserve: str, format: str) -> tuple[Runtime, ...]:
    """Those of a version of KServe that serve a format, the preferred one first."""
    version = minor(kserve)
    return tuple(each for each in RUNTIMES if format in each.formats and each.since <= version)


def runtime(kserve: str, format: str, protocol: str | None) -> Runtime | None:
    """The one that serves a format by a protocol, or by its own where none is asked for."""
    able = (each for each in runtimes(kserve, format) if protocol in (None, *each.protocols))
    return next(able, None)


DEFAULT_RESOURCES: Mapping[str, str] = {"cpu": "1", "memory": "2Gi"}
"""What KServe's webhook writes as request and as limit where a container says nothing
(kserve/kserve pkg/apis/serving/v1beta1/inference_service_defaults.go at 0.11.2; from 0.15 the same
in `inferenceService` of the releases' ConfigMap inferenceservice-config)."""


def completed(given: Mapping[str, str]) -> dict[str, str]:
    """Requests or limits as they are once KServe's webhook has read and written them."""
    return {name: canonical(text) for name, text in {**DEFAULT_RESOURCES, **given}.items()}


def kserve_address(namespace: str, model: str) -> str:
    """Where pods of the cluster reach a model, whatever domain it has outside.

    The Service leads to Knative's local gateway (pkg/controller/v1beta1/inferenceservice/
    reconcilers/ingress/ingress_reconciler.go at 0.11.2 to 0.16.0).
    """
    return f"{model}.{namespace}.svc.cluster.local/"
