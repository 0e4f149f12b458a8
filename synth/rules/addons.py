"""Which add-ons an environment has beside what Kubeflow brings, and what is to be said of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from synth.catalog.addons import (
    ARGO_CHARTS,
    ARGO_EVENTS_CHARTS,
    SELDON_KUBERNETES,
    SELDON_LAST_OPEN,
    SELDON_MINORS,
)
from synth.catalog.argo_workflows import COMPONENT
from synth.catalog.kubeflow import Component
from synth.catalog.operators import OPERATORS, RELEASE, Minor, Operator
from synth.config.environment import Environment
from synth.kit.versions import minor
from synth.rules.findings import Finding

_KUBEFLOWS = "kubeflow.components.seldon"
_OURS = "addons.seldon"


def check_addons(environment: Environment, components: Collection[Component]) -> Iterator[Finding]:
    """Findings about add-ons; `components` are Kubeflow's that are switched on."""
    yield from _argo_events(environment)
    yield from _seldon(environment, components)
    yield from _argo_workflows(environment, components)
    yield from _operators_installed(environment)
    yield from _cert_manager(environment, components)
    yield from _keda(environment)
    yield from _prometheus(environment)


def _operators_installed(environment: Environment) -> Iterator[Finding]:
    for section, settings in environment.addons.operators.items():
        operator, key = OPERATORS[section], f"addons.{section}.version"
        version = settings.version
        known = operator.versions.get(version)
        if known is None:
            yield Finding(
                "AD008", "error", key,
                f"nothing is known of a chart of {operator.title} {version}, which the project would "
                f"have to permit: take {' or '.join(operator.versions)}",
            )  # fmt: skip
            continue
        kubernetes = environment.cluster.kubernetes
        if not known.fits(minor(kubernetes)):
            yield Finding(
                "AD009", "warning", key,
                f"{operator.title} {version} is documented for Kubernetes {known.range}, and the "
                f"cluster has {kubernetes}",
            )  # fmt: skip
        if minor(kubernetes) < known.accepted:
            first = ".".join(map(str, known.accepted))
            yield Finding(
                "AD014", "error", key,
                f"Kubernetes {kubernetes} refuses the CRDs of {operator.title} {version}, which have "
                f"selectableFields, a field of {first} and later: take "
                f"{' or '.join(_accepted(operator, minor(kubernetes)))}",
            )  # fmt: skip


def _accepted(operator: Operator, kubernetes: Minor) -> Iterator[str]:
    """The versions whose CRDs that Kubernetes takes."""
    for version, known in operator.versions.items():
        if known.accepted <= kubernetes:
            yield version


def _cert_manager(environment: Environment, components: Collection[Component]) -> Iterator[Finding]:
    if environment.addons.cert_manager and "cert-manager" in {each.name for each in components}:
        yield Finding(
            "AD012", "error", "addons.certManager",
            "Kubeflow brings cert-manager already (kubeflow.components.cert-manager), and two would "
            "both act on every Certificate: switch one of them off",
        )  # fmt: skip


def _keda(environment: Environment) -> Iterator[Finding]:
    addons = environment.addons
    if addons.seldon and addons.seldon.keda and not addons.keda:
        yield Finding(
            "AD013", "error", f"{_OURS}.keda",
            "nothing says that KEDA is here, and Seldon's operator fails every model that scales by "
            "it where it is not: add addons.keda, as {} where it is there already, with install: "
            "true where it is not",
        )  # fmt: skip


def _prometheus(environment: Environment) -> Iterator[Finding]:
    """The Prometheus that is installed here against the one that objects are written for."""
    stack, observability = environment.addons.kube_prometheus_stack, environment.observability
    if not (stack and observability):
        return
    prometheus = observability.prometheus
    if prometheus.namespace != stack.namespace:
        yield Finding(
            "AD010", "error", "observability.prometheus.namespace",
            f"is {prometheus.namespace}, and addons.kubePrometheusStack installs Prometheus in "
            f"{stack.namespace}: say the same in both",
        )  # fmt: skip
    if prometheus.labels.get("release") != RELEASE:
        yield Finding(
            "AD011", "error", "observability.prometheus.labels",
            "the Prometheus of addons.kubePrometheusStack selects what is labelled release: "
            f"{RELEASE}, and would see none of the monitors and alerts: add that label",
        )  # fmt: skip


def _argo_workflows(
    environment: Environment, components: Collection[Component]
) -> Iterator[Finding]:
    argo = environment.addons.argo_workflows
    if argo is None:
        return
    if COMPONENT in {component.name for component in components}:
        yield Finding(
            "AD005", "error", "addons.argoWorkflows",
            "Kubeflow brings Argo Workflows already (kubeflow.components.pipelines), and two "
            "controllers would both act on every workflow: take it out",
        )  # fmt: skip
    if argo.version not in ARGO_CHARTS:
        yield Finding(
            "AD006", "error", "addons.argoWorkflows.version",
            f"it is not known which version of the chart has Argo Workflows {argo.version}: take "
            f"one of {', '.join(ARGO_CHARTS)}",
        )  # fmt: skip


def _seldon(environment: Environment, components: Collection[Component]) -> Iterator[Finding]:
    operators = dict(seldon_operators(environment, components))
    if operators.keys() == {_KUBEFLOWS, _OURS}:
        yield Finding(
            "AD001", "error", _OURS,
            "Kubeflow brings Seldon's operator already (kubeflow.components.seldon), and two would "
            "both act on every SeldonDeployment: switch one of them off",
        )  # fmt: skip
    for key, version in operators.items():
        if key == _OURS and minor(version) not in SELDON_MINORS:
            known = " and ".join(f"{major}.{number}" for major, number in SELDON_MINORS)
            yield Finding(
                "AD002", "error", f"{key}.version",
                f"nothing is known of the chart of Seldon Core {version}, which the project would "
                f"have to permit: take one of {known}",
            )  # fmt: skip
        if minor(version) > SELDON_LAST_OPEN:
            yield Finding(
                "AD003", "warning", key,
                f"Seldon Core {version} is under the Business Source License 1.1, which has no free "
                "production use; 1.17.1 is the last one under the Apache License",
            )  # fmt: skip
        kubernetes = environment.cluster.kubernetes
        if not SELDON_KUBERNETES[0] <= minor(kubernetes) <= SELDON_KUBERNETES[1]:
            first, last = (f"{major}.{number}" for major, number in SELDON_KUBERNETES)
            yield Finding(
                "AD004", "warning", key,
                f"Seldon Core {version} is documented for Kubernetes {first} to {last}, and the "
                f"cluster has {kubernetes}",
            )  # fmt: skip


def _argo_events(environment: Environment) -> Iterator[Finding]:
    wanted = environment.addons.argo_events
    if wanted and wanted.install and wanted.version not in ARGO_EVENTS_CHARTS:
        yield Finding(
            "AD007", "error", "addons.argoEvents.version",
            f"nothing is known of a chart of Argo Events {wanted.version}, which the project would "
            f"have to permit: take {' or '.join(ARGO_EVENTS_CHARTS)}",
        )  # fmt: skip


def seldon_operators(
    environment: Environment, components: Collection[Component]
) -> Iterator[tuple[str, str]]:
    """The version of each of Seldon's operators there is, by where it is switched on."""
    if environment.addons.seldon:
        yield _OURS, environment.addons.seldon.version
    for component in components:
        if component.seldon:
            yield _KUBEFLOWS, component.seldon
