"""`models:`: what is served, in which versions, to how much of the traffic."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo

from synth.config.base import (
    Duration,
    Image,
    Name,
    NonEmpty,
    Percent,
    Resources,
    Section,
    TeamName,
)
from synth.config.containers import Env, SecretEnv, Toleration
from synth.config.graph import ONLY_STEP, Graph, GraphStep, Parameter, artifact_uri
from synth.config.objectives import ObjectiveName, Objectives, promises
from synth.config.promotion import Gate
from synth.config.provenance import Provenance
from synth.config.retraining import RETRAINABLE, Retraining
from synth.kit.quantities import percent

Format = Literal[
    "mlflow", "sklearn", "xgboost", "tensorflow", "onnx", "pytorch", "huggingface", "custom"
]


def _sum(variants: tuple[Variant, ...]) -> tuple[Variant, ...]:
    if not variants:
        return variants
    shadows = [variant for variant in variants if variant.shadow]
    total = sum(variant.traffic for variant in variants if not variant.shadow)
    mistakes = []
    if total != 100:
        mistakes.append(f"traffic sums to {total}, must be 100")
    if len(shadows) > 1:
        names = ", ".join(variant.name for variant in shadows)
        mistakes.append(f"one variant can be a shadow, not {len(shadows)} ({names})")
    if mistakes:
        raise ValueError("; ".join(mistakes))
    return variants


def _has_image(image: str | None, info: ValidationInfo) -> str | None:
    if info.data.get("format") == "custom" and not image:
        raise ValueError("image is missing: a server of format custom is one of your own")
    return image


class Explainer(Section):
    """Explains the answers of a variant (Alibi)."""

    type: Literal[
        "AnchorTabular", "AnchorImages", "AnchorText", "Counterfactuals", "Contrastive",
        "KernelShap", "IntegratedGradients", "ALE", "TreeShap",
    ]  # fmt: skip
    artifact: Annotated[str, AfterValidator(artifact_uri)] | None = None
    """Where the explainer's files are."""
    image: Image | None = None
    """An image instead of the engine's own."""
    replicas: Annotated[int, Field(ge=1)] = 1
    parameters: dict[str, Parameter] = {}
    """What the explainer is told, by name."""
    resources: Resources = Resources()


class Variant(Section):
    """One version of a model that takes a share of the traffic; a predictor."""

    name: Name
    """The predictor's name: stable, canary."""
    version: Annotated[int, Field(ge=1)]
    """The version in the model registry."""
    artifact: Annotated[str, AfterValidator(artifact_uri)]
    """Where the model's files are, as the storage initializer reads it."""
    traffic: Annotated[int, Field(ge=0, le=100)]
    """Its share of the requests in percent; 0 parks it. Of a shadow: the share that is copied."""
    provenance: Provenance | None = None
    """Where the version came from; `synth model bump` writes it."""
    shadow: bool = False
    """Gets copies of requests; nobody sees its answers."""
    replicas: Annotated[int, Field(ge=0)] | None = None
    """Instead of the model's."""
    image: Image | None = None
    """A server's image instead of the model's."""
    env: Env = {}
    """Environment variables of the server, beside the model's."""
    secret_env: SecretEnv = {}
    """Environment variables whose values are in Secrets."""
    resources: Resources | None = None
    """Instead of the model's."""
    explainer: Explainer | None = None


class Libraries(Section):
    """What an image of one's own contains."""

    mlserver: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")] | None = None
    mlflow: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")] | None = None


class Server(Section):
    """The model server."""

    format: Format = "mlflow"
    """What the model's files are, which decides about the server: MLServer for mlflow, sklearn,
    xgboost and huggingface, TensorFlow Serving for tensorflow, Triton for onnx and pytorch;
    `custom` is an image of one's own."""
    image: Annotated[Image | None, AfterValidator(_has_image), Field(validate_default=True)] = None
    """An image instead of the engine's own; Seldon's own is too old for MLflow 3."""
    libraries: Libraries = Libraries()
    """What that image contains; a version that cannot be served by it is then refused."""
    protocol: Literal["v1", "v2", "seldon", "tensorflow"] | None = None
    """How clients speak to it; without it v2, or what the format's server speaks."""
    transport: Literal["rest", "grpc"] = "rest"
    parameters: dict[str, Parameter] = {}
    """What the server is told, by name: xtype of Seldon's MLflow server."""


class Trigger(Section):
    """What KEDA scales by."""

    type: NonEmpty
    """The scaler: prometheus, kafka, cron."""
    metadata: dict[str, str]
    """What the scaler wants to know, by its own names."""
    authentication: Name | None = None
    """A TriggerAuthentication in the same namespace."""


class Keda(Section):
    """Scaling by KEDA instead of a HorizontalPodAutoscaler."""

    triggers: Annotated[tuple[Trigger, ...], Field(min_length=1)]
    polling_interval: Duration = "30s"
    cooldown: Duration = "5m"


def _one_way(autoscaling: Autoscaling | None) -> Autoscaling | None:
    if autoscaling is None:
        return None
    if autoscaling.keda and (autoscaling.cpu or autoscaling.memory):
        raise ValueError("keda scales by its own triggers: take out cpu and memory, or keda")
    if autoscaling.min_replicas > autoscaling.max_replicas:
        low, high = autoscaling.min_replicas, autoscaling.max_replicas
        raise ValueError(f"minReplicas {low} is above maxReplicas {high}")
    return autoscaling


class Autoscaling(Section):
    """A HorizontalPodAutoscaler per variant, or KEDA's ScaledObject."""

    min_replicas: Annotated[int, Field(ge=1)] = 1
    max_replicas: Annotated[int, Field(ge=1)]
    cpu: Percent | None = None
    """The CPU use, in percent of the request, that it keeps to; 70% where nothing else is said."""
    memory: Percent | None = None
    """The memory use, in percent of the request, that it keeps to."""
    keda: Keda | None = None


class RequestLog(Section):
    """Requests and answers as CloudEvents."""

    url: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None
    """Where they are sent; without it to observability.logs."""
    mode: Literal["all", "request", "response"] = "all"


def _some(most: int | str) -> int | str:
    share = Fraction(most) if isinstance(most, int) else percent(most) * 100
    if share < 1 or share.denominator > 1:
        raise ValueError(f"{most} must be a whole number of pods or percent, at least 1")
    return most


class DisruptionBudget(Section):
    """How many pods of a variant may be away at once, through drains of nodes."""

    max_unavailable: Annotated[int | Percent, AfterValidator(_some)] = 1
    """A number of pods, or a share of them."""


class Model(Section):
    """A served model in its team's namespace."""

    name: Name
    team: TeamName
    registered_model: NonEmpty | None = None
    """What it is called in the registry, where that is not `name`."""
    engine: Literal["seldon", "kserve"] = "seldon"
    """`seldon`: a SeldonDeployment; `kserve`: an InferenceService."""
    server: Server = Server()
    graph: Graph | None = None
    """The steps around the model; without it the model alone."""
    storage_secret: Name | None = None
    """A Secret with what the storage initializer needs: RCLONE_CONFIG_* variables for Seldon."""
    service_account: Name | None = None
    """The ServiceAccount of its pods; it exists already."""
    variants: Annotated[tuple[Variant, ...], AfterValidator(_sum)] = ()
    """What is served of it here; nothing until `synth model bump` or `promote` brings a first version
    in."""
    replicas: Annotated[int, Field(ge=0)] = 1
    """Pods per variant, where nothing scales them."""
    env: Env = {}
    """Environment variables of the server."""
    secret_env: SecretEnv = {}
    """Environment variables whose values are in Secrets."""
    resources: Resources = Resources()
    """Requests and limits of the model server; nvidia.com/gpu as a limit gives it GPUs."""
    orchestrator: Resources = Resources()
    """Requests and limits of Seldon's executor, which stands in every pod; without them it takes
    500m and 512Mi (SeldonIO/seldon-core operator, EXECUTOR_*, 1.17.1)."""
    node_selector: dict[str, str] = {}
    """Labels of the nodes that its pods run on."""
    tolerations: tuple[Toleration, ...] = ()
    autoscaling: Annotated[Autoscaling | None, AfterValidator(_one_way)] = None
    disruption_budget: DisruptionBudget | None = None
    request_log: RequestLog | None = None
    objectives: Annotated[Objectives | None, AfterValidator(promises)] = None
    retraining: Retraining | None = None
    """What makes a new version when an objective is missed."""
    gate: Gate = Gate()
    """What a new version must pass."""

    @property
    def registry_name(self) -> str:
        """What the model is called in the registry."""
        return self.registered_model or self.name

    @property
    def retrained_on(self) -> tuple[ObjectiveName, ...]:
        """The objectives that it promises and whose alerts start its retraining."""
        promised = self.objectives.promised if self.objectives else ()
        wanted = (self.retraining and self.retraining.when) or RETRAINABLE
        return tuple(name for name in promised if self.retraining and name in wanted)

    @property
    def steps(self) -> GraphStep:
        """The first step of its graph; without a graph the model's own, which is the only one."""
        return self.graph or GraphStep(name=ONLY_STEP)
