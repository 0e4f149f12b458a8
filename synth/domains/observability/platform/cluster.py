"""What the people behind the platform are told: MLflow, certificates, Argo CD."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from synth.catalog.platform_metrics import (
    APPLICATION,
    CERTIFICATE_EXPIRES,
    CERTIFICATE_READY,
    CERTIFICATE_RENEWED,
    UP,
)
from synth.config.observability import Platform
from synth.config.registry import Mlflow
from synth.domains.observability.alert import Alert
from synth.kit.durations import minutes, seconds

_CERTIFICATE = "namespace, name"


def mlflow_alert(mlflow: Mlflow, service: str, severity: str) -> Alert:
    """That Prometheus reaches no replica of MLflow, or finds none; `service` is its Service."""
    chosen = f'namespace="{mlflow.namespace}", job="{service}"'
    return Alert(
        key="mlflow_up",
        subject="mlflow",
        name="MlflowUnreachable",
        query=f"absent({UP}{{{chosen}}} == 1)",
        threshold=0,
        pending="5m",
        labels={"severity": severity, "component": "mlflow"},
        summary="MLflow does not answer",
        description="No replica of MLflow can be reached: trainings cannot log, and no version can "
        "be promoted.",
    )


def certificate_alerts(platform: Platform, severity: str) -> Iterator[Alert]:
    """That a Certificate of cert-manager is about to expire although it was due to be renewed, and
    that one is not ready.
    """
    labels = {"severity": severity, "component": "cert-manager"}
    expires = f"max by ({_CERTIFICATE}) ({CERTIFICATE_EXPIRES} > 0)"
    yield Alert(
        key="certificates_expire",
        subject="cert-manager",
        name="CertificateExpiring",
        # One that lives shorter than that is due for renewal later.
        query=f"time() - {expires}\nand\nmax by ({_CERTIFICATE}) ({CERTIFICATE_RENEWED}) < time()",
        threshold=-seconds(platform.certificates),
        pending="1h",
        labels=labels,
        summary="A certificate expires and is not renewed",
        description="Certificate {{ $labels.name }} in {{ $labels.namespace }} was due to be renewed "
        f"and expires in less than {platform.certificates}.",
    )
    yield Alert(
        key="certificates_ready",
        subject="cert-manager",
        name="CertificateNotReady",
        query=f'1 - max by ({_CERTIFICATE}) ({CERTIFICATE_READY}{{condition="True"}})',
        threshold=0,
        pending="15m",
        labels=labels,
        summary="A certificate is not ready",
        description="cert-manager could not make or renew Certificate {{ $labels.name }} in "
        "{{ $labels.namespace }}.",
    )


def application_alerts(
    projects: Sequence[str], platform: Platform, severity: str
) -> Iterator[Alert]:
    """That an Application of one of these projects is not what git says, or not healthy."""
    chosen = f'project=~"{"|".join(projects)}"'
    pending = minutes(seconds(platform.applications))
    labels = {"severity": severity, "component": "argo-cd"}
    yield Alert(
        key="applications_synced",
        subject="argo-cd",
        name="ApplicationOutOfSync",
        query=f'max by (name) ({APPLICATION}{{{chosen}, sync_status!="Synced"}})',
        threshold=0,
        pending=pending,
        labels=labels,
        summary="An Application is out of sync",
        description="The cluster has not been what git says of {{ $labels.name }} for "
        f"{platform.applications}.",
    )
    yield Alert(
        key="applications_healthy",
        subject="argo-cd",
        name="ApplicationUnhealthy",
        query=f'max by (name) ({APPLICATION}{{{chosen}, health_status=~"Degraded|Missing|Unknown"}})',
        threshold=0,
        pending=pending,
        labels=labels,
        summary="An Application is not healthy",
        description=f"Something of {{{{ $labels.name }}}} has been broken for {platform.applications}.",
    )
