"""Operators that Kubeflow does not bring, as Applications of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from pydantic_core import to_json

from synth.app import operators
from synth.app.part import Part
from synth.app.tasks import Task
from synth.catalog import strimzi as strimzi_catalog
from synth.catalog.addons import (
    ARGO_CHART,
    ARGO_CHARTS,
    ARGO_EVENTS_CHART,
    ARGO_EVENTS_CHARTS,
    ARGO_EVENTS_IMAGE,
    ARGO_REPOSITORY,
    JETSTREAM_IMAGES,
    SELDON_CHART,
    SELDON_IMAGES,
    SELDON_REPOSITORY,
    SELDON_SERVERS,
    argo_events_objects,
    argo_objects,
    seldon_objects,
)
from synth.catalog.images import mirror_to, mirrored, split
from synth.catalog.operators import EXTERNAL_SECRETS, KEDA, OPENTELEMETRY
from synth.config.addons import ArgoEvents, ArgoWorkflows, SeldonOperator, Strimzi
from synth.config.environment import Environment
from synth.kit.application import Application, HelmChart
from synth.kit.containers import NO_PRIVILEGES
from synth.kit.objects import Identity, Origin
from synth.kit.protection import PROTECTION
from synth.render.digests import digest

SELDON, ARGO_WORKFLOWS, ARGO_EVENTS, STRIMZI = "seldon", "argo-workflows", "argo-events", "strimzi"
WAVES: Mapping[str, int] = {
    **{operators.NAMES[section]: wave for section, wave in operators.WAVES.items()},
    STRIMZI: 9,
    SELDON: 10,
    ARGO_WORKFLOWS: 10,
    ARGO_EVENTS: 10,
}
"""The wave of every add-on, by its application's name: before those that need them."""
OBJECTS: Mapping[str, Callable[[str], Iterator[Identity]]] = {
    SELDON: seldon_objects,
    ARGO_WORKFLOWS: argo_objects,
    ARGO_EVENTS: argo_events_objects,
    operators.NAMES["openTelemetry"]: OPENTELEMETRY.identities,
    operators.NAMES["externalSecrets"]: EXTERNAL_SECRETS.identities,
    operators.NAMES["keda"]: KEDA.identities,
}
"""What every add-on that can retire creates in and for its namespace."""
_CONTROLLER_USER = 9731
"""The user that upstream's Deployment of Argo Events names; its image names none."""
_GATEWAY = "kubeflow/kubeflow-gateway"
"""Kubeflow's own (kubeflow/manifests common/istio*/kubeflow-istio-resources)."""


def addons(environment: Environment) -> Iterator[str]:
    """The names of the add-ons that an environment has."""
    if environment.addons.seldon:
        yield SELDON
    if environment.addons.argo_events and environment.addons.argo_events.install:
        yield ARGO_EVENTS
    if environment.addons.argo_workflows:
        yield ARGO_WORKFLOWS
    if environment.addons.strimzi and environment.addons.strimzi.install:
        yield STRIMZI
    for section in environment.addons.operators:
        yield operators.NAMES[section]


def addon_tasks(environment: Environment, code: str) -> Iterator[Task]:
    """One task per add-on."""
    seldon = environment.addons.seldon
    if seldon:
        key = digest("addon", code, SELDON, to_json((seldon, environment.registry)))
        yield Task(SELDON, key, partial(_seldon, seldon, environment.registry))
    argo_events = environment.addons.argo_events
    if argo_events and argo_events.install:
        key = digest("addon", code, ARGO_EVENTS, to_json((argo_events, environment.registry)))
        yield Task(ARGO_EVENTS, key, partial(_argo_events, argo_events, environment.registry))
    argo = environment.addons.argo_workflows
    if argo:
        key = digest("addon", code, ARGO_WORKFLOWS, to_json((argo, environment.registry)))
        yield Task(ARGO_WORKFLOWS, key, partial(_argo_workflows, argo, environment.registry))
    strimzi = environment.addons.strimzi
    if strimzi and strimzi.install:
        key = digest("addon", code, STRIMZI, to_json((strimzi, environment.registry)))
        yield Task(STRIMZI, key, partial(_strimzi, strimzi, environment.registry))
    for section, settings in environment.addons.operators.items():
        name = operators.NAMES[section]
        key = digest("addon", code, name, to_json((settings, environment.registry)))
        yield Task(name, key, partial(operators.part, section, settings, environment.registry))


def _seldon(seldon: SeldonOperator, registry: str | None) -> Part:
    origins = dict.fromkeys(sorted(seldon_objects(seldon.namespace)), Origin("", "addons.seldon"))
    values = seldon_values(seldon, registry)
    application = Application(
        SELDON,
        WAVES[SELDON],
        tuple(origins),
        HelmChart(SELDON_REPOSITORY, SELDON_CHART, seldon.version, values),
        namespace=seldon.namespace,
        # Its pod says nothing but which user it runs as, which the level restricted refuses.
        namespace_labels={"pod-security.kubernetes.io/enforce": "baseline"},
    )
    return Part(application, {}, origins)


def _argo_workflows(argo: ArgoWorkflows, registry: str | None) -> Part:
    objects = sorted(argo_objects(argo.namespace))
    origins = dict.fromkeys(objects, Origin("", "addons.argoWorkflows"))
    chart = HelmChart(ARGO_REPOSITORY, ARGO_CHART, ARGO_CHARTS[argo.version], argo_values(registry))
    application = Application(
        ARGO_WORKFLOWS,
        WAVES[ARGO_WORKFLOWS],
        tuple(origins),
        chart,
        namespace=argo.namespace,
        namespace_labels={"pod-security.kubernetes.io/enforce": "restricted"},
    )
    return Part(application, {}, origins)


def _strimzi(strimzi: Strimzi, registry: str | None) -> Part:
    objects = sorted(strimzi_catalog.chart_objects(strimzi.version, strimzi.namespace))
    origins = dict.fromkeys(objects, Origin("", "addons.strimzi"))
    chart = HelmChart(
        strimzi_catalog.REPOSITORY,
        strimzi_catalog.CHART,
        strimzi.version,
        strimzi_values(registry),
    )
    application = Application(
        STRIMZI,
        WAVES[STRIMZI],
        tuple(origins),
        chart,
        namespace=strimzi.namespace,
        namespace_labels={"pod-security.kubernetes.io/enforce": "baseline"},
        # The chart has no value for annotations of its CRDs, and with these every cluster would go.
        prune=False,
    )
    return Part(application, {}, origins)


def argo_values(registry: str | None) -> dict[str, Any]:
    """The chart's values: the controller alone, for every namespace; each workflow brings its own
    rights.

    Source: argoproj/argo-helm charts/argo-workflows/values.yaml and templates/.
    """
    image = {"image": {"registry": f"{registry.rstrip('/')}/quay.io"}} if registry else {}
    return {
        "fullnameOverride": ARGO_WORKFLOWS,
        # The full ones are fetched by a Job from the internet.
        "crds": {"install": True, "keep": True, "full": False, "annotations": dict(PROTECTION)},
        "server": {"enabled": False},
        "workflow": {"rbac": {"create": False}},
        "controller": {
            "workflowNamespaces": [],
            "podSecurityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
            **image,
        },
        **({"executor": image} if image else {}),
    }


def strimzi_values(registry: str | None) -> dict[str, Any]:
    """The chart's values.

    Source: strimzi/strimzi-kafka-operator packaging/helm-charts/helm3/strimzi-kafka-operator/
    (values.yaml, templates/_helpers.tpl).
    """
    values: dict[str, Any] = {"watchAnyNamespace": True}
    if registry:
        mirror = f"{registry.rstrip('/')}/{strimzi_catalog.REGISTRY}"
        values["defaultImageRegistry"] = mirror
    return values


def seldon_values(seldon: SeldonOperator, registry: str | None) -> dict[str, Any]:
    """The chart's values.

    Source: SeldonIO/seldon-core helm-charts/seldon-core-operator/README.md and templates/.
    """
    return {
        "ambassador": {"enabled": False},
        "certManager": {"enabled": True},
        "crd": {"create": True, "annotations": dict(PROTECTION)},
        "istio": {"enabled": True, "gateway": _GATEWAY},
        "keda": {"enabled": seldon.keda},
        "managerCreateResources": False,
        "usageMetrics": {"enabled": False},
        **(_from_mirror(seldon.version, registry) if registry else {}),
    }


def _from_mirror(version: str, registry: str) -> dict[str, Any]:
    """The values that name images: by registry, in one piece, or with the tag in another value."""

    def pulled(value: str) -> str:
        return mirrored(SELDON_IMAGES[value].format(version=version), registry)

    servers: dict[str, Any] = {}
    for (server, protocol), image in SELDON_SERVERS.items():
        protocols = servers.setdefault(server, {"protocols": {}})["protocols"]
        protocols[protocol] = {"image": split(mirrored(image, registry))[0]}
    docker = {"registry": f"{registry.rstrip('/')}/docker.io"}
    return {
        "image": docker,
        "executor": {"image": docker},
        "storageInitializer": {"image": pulled("storageInitializer.image")},
        "explainer": {
            "image": pulled("explainer.image"),
            "image_v2": pulled("explainer.image_v2"),
        },
        "predictor_servers": servers,
    }


def _argo_events(wanted: ArgoEvents, registry: str | None) -> Part:
    origin = Origin("", "addons.argoEvents")
    origins = dict.fromkeys(sorted(argo_events_objects(wanted.namespace)), origin)
    # A version that is not known is a finding (AD007).
    chart = ARGO_EVENTS_CHARTS.get(wanted.version, "")
    application = Application(
        ARGO_EVENTS,
        WAVES[ARGO_EVENTS],
        tuple(origins),
        HelmChart(ARGO_REPOSITORY, ARGO_EVENTS_CHART, chart, argo_events_values(wanted, registry)),
        namespace=wanted.namespace,
        namespace_labels={"pod-security.kubernetes.io/enforce": "restricted"},
    )
    return Part(application, {}, origins)


def argo_events_values(wanted: ArgoEvents, registry: str | None) -> dict[str, Any]:
    """The chart's values.

    Source: argoproj/argo-helm charts/argo-events/README.md and templates/.
    """
    mirror = mirror_to(registry)
    repository, tag, _ = split(mirror(ARGO_EVENTS_IMAGE.format(version=wanted.version)))
    return {
        # Without it the chart's objects are called like the release.
        "fullnameOverride": "argo-events",
        "crds": {"install": True, "annotations": dict(PROTECTION)},
        "global": {
            "image": {"repository": repository, "tag": tag},
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": _CONTROLLER_USER,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
        },
        "controller": {
            "containerSecurityContext": NO_PRIVILEGES,
        },
        "configs": {
            "nats": {"versions": []},
            "jetstream": {
                "versions": [
                    {
                        "version": version,
                        **{value: mirror(image) for value, image in images.items()},
                        "startCommand": "/nats-server",
                    }
                    for version, images in JETSTREAM_IMAGES.items()
                ]
            },
        },
    }
