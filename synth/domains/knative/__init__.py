"""Knative's Kafka source as Argo CD builds it."""

from synth.domains.knative.kafka import kustomization

__all__ = ["kustomization"]
