"""`addons:`: which versions of operators the cluster has beside Kubeflow."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from synth.config.base import Section

Version = Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]


class Addons(Section):
    """Operators that objects of ours are written for; their API versions follow from these."""

    strimzi: Version = "0.45.1"
    """The Strimzi operator."""
    knative_kafka: Version = "1.10.0"
    """Knative's Kafka source."""
    external_secrets: Version = "0.9.20"
    """The External Secrets operator."""
