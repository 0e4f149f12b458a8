"""Operators that Kubeflow does not bring, as Applications of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from pydantic_core import to_json

from synth.app.part import Part
from synth.app.tasks import Task
from synth.catalog.addons import (
    SELDON_CHART,
    SELDON_IMAGES,
    SELDON_REPOSITORY,
    SELDON_SERVERS,
    seldon_objects,
)
from synth.catalog.images import mirrored, split
from synth.config.addons import SeldonOperator
from synth.config.environment import Environment
from synth.kit.application import Application, HelmChart
from synth.kit.objects import Origin
from synth.kit.protection import PROTECTION
from synth.render.cache import digest

SELDON = "seldon"
WAVES: Mapping[str, int] = {SELDON: 10}
"""The wave of every add-on, by its application's name: after Kubeflow's, before the models'."""
_GATEWAY = "kubeflow/kubeflow-gateway"
"""Kubeflow's own (kubeflow/manifests common/istio*/kubeflow-istio-resources)."""


def addons(environment: Environment) -> Iterator[str]:
    """The names of the add-ons that an environment has."""
    if environment.addons.seldon:
        yield SELDON


def addon_tasks(environment: Environment, code: str) -> Iterator[Task]:
    """One task per add-on."""
    seldon = environment.addons.seldon
    if seldon:
        key = digest("addon", code, SELDON, to_json((seldon, environment.registry)))
        yield Task(SELDON, key, partial(_seldon, seldon, environment.registry))


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
