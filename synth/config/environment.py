"""The whole of an environment file."""

from __future__ import annotations

from typing import Any, Self

from pydantic import model_validator

from synth.config.addons import Addons
from synth.config.base import Name, NonEmpty, Section
from synth.config.events import Events
from synth.config.gateway import Gateway
from synth.config.gitops import Cluster, Gitops
from synth.config.kafka import KafkaCluster
from synth.config.kubeflow import Kubeflow
from synth.config.objectives import SENSIBLE
from synth.config.observability import Observability, Platform
from synth.config.pipelines import Pipeline
from synth.config.placement import placed
from synth.config.platform import Policy, Retired, Secrets, Team
from synth.config.registry import Mlflow
from synth.config.serving import Model
from synth.config.streaming import Stream
from synth.config.workflows import Workflow
from synth.kit.external_secrets import Store


class Environment(Section):
    """One environment: a cluster, what runs on it, and where Argo CD reads it from."""

    name: Name
    """The environment's name, as its file or folder is called."""
    cluster: Cluster
    """The cluster it runs on."""
    gitops: Gitops
    """The repository that Argo CD reads."""
    registry: NonEmpty | None = None
    """A registry that mirrors every image: docker.io/istio/pilot:1 is pulled as
    <registry>/docker.io/istio/pilot:1."""
    gateway: Gateway | None = None
    """Where clients outside the cluster reach models; without it under every host of Kubeflow's
    gateway."""
    secrets: Secrets = Secrets()
    """Where Secrets come from."""
    policy: Policy = Policy()
    """What the environment demands of itself."""
    kubeflow: Kubeflow | None = None
    """The Kubeflow install."""
    addons: Addons = Addons()
    """The versions of operators beside Kubeflow."""
    teams: tuple[Team, ...] = ()
    """The teams that share the platform."""
    models: tuple[Model, ...] = ()
    """The models that are served."""
    mlflow: Mlflow | None = None
    """The tracking server and model registry."""
    pipelines: tuple[Pipeline, ...] = ()
    """What models are trained by."""
    workflows: tuple[Workflow, ...] = ()
    """What runs on a schedule."""
    kafka: tuple[KafkaCluster, ...] = ()
    """Kafka clusters that Strimzi runs here."""
    streams: tuple[Stream, ...] = ()
    """Events from Kafka and the programs that take them."""
    observability: Observability | None = None
    """Who collects the models' metrics and watches their objectives."""
    events: Events = Events()
    """How alerts start workflows."""
    retired: tuple[Retired, ...] = ()
    """Teams and applications on their way out, until Argo CD has removed what they had."""

    @property
    def store(self) -> Store:
        """Where ExternalSecrets read, in the form of its operator's version."""
        return Store(self.secrets.store.name, self.addons.external_secrets.version)

    @property
    def platform_alerts(self) -> Platform | None:
        """What is said of alerts on the platform itself, where it has any."""
        return self.observability.platform if self.observability else None

    @model_validator(mode="before")
    @classmethod
    def _promise(cls, data: Any) -> Any:
        """Gives models that promise nothing the default objectives, where the policy says so.

        Before anything is validated, so that these are held to the same as written ones.
        """
        written = data if isinstance(data, dict) else {}
        policy, models = written.get("policy"), written.get("models")
        if not (isinstance(policy, dict) and isinstance(models, tuple)):
            return data
        if policy.get("objectives") != "default":
            return data
        promised = policy.get("defaultObjectives", SENSIBLE.model_dump(exclude_none=True))
        promising = (
            {"objectives": promised, **model} if isinstance(model, dict) else model
            for model in models
        )
        return {**data, "models": tuple(promising)}

    @model_validator(mode="after")
    def _place(self) -> Self:
        """Puts pods that say nothing of nodes on those of their teams."""
        sections = placed(
            self.teams, models=self.models, pipelines=self.pipelines, workflows=self.workflows
        )
        return self.model_copy(update=sections) if sections else self
