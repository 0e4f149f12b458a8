"""`addons:`: which versions of operators the cluster has beside Kubeflow."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from synth.config.base import Name, Section

Version = Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]


class SeldonOperator(Section):
    """Seldon's operator, where Kubeflow does not bring it."""

    version: Version = "1.17.1"
    """The version of the operator and its chart; 1.17.1 is the last one under an open licence."""
    namespace: Name = "seldon-system"
    keda: bool = False
    """Whether it scales by KEDA, which is there already."""


class ArgoEvents(Section):
    """Argo Events, which no Kubeflow brings."""

    version: Version = "1.9.10"
    """The version of its controller."""
    namespace: Name = "argo-events"


class ArgoWorkflows(Section):
    """Argo Workflows, where Kubeflow does not bring it."""

    version: Version = "3.7.11"
    """The version of Argo Workflows."""
    namespace: Name = "argo"


class Addons(Section):
    """Operators that objects of ours are written for; their API versions follow from these."""

    strimzi: Version = "0.45.1"
    """The Strimzi operator."""
    knative_kafka: Version = "1.10.0"
    """Knative's Kafka source."""
    external_secrets: Version = "0.9.20"
    """The External Secrets operator."""
    seldon: SeldonOperator | None = None
    """Seldon's operator as an Application of its own."""
    argo_events: ArgoEvents | None = None
    """Argo Events as an Application of its own."""
    argo_workflows: ArgoWorkflows | None = None
    """Argo Workflows as an Application of its own."""
