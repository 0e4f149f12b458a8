"""What one workload may ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from synth.kit.objects import Body, identity
from synth.rules.capacity.amounts import Amounts, times, total
from synth.rules.capacity.pods import NOTHING, Defaults, unsaid, usage

_INJECT = "sidecar.istio.io/inject"
_TITLES = {"Service.serving.knative.dev": "Knative Service"}
"""What a kind is called where its name alone could be another's."""


@dataclass(frozen=True, slots=True)
class Pods:
    """Pods that are alike: at most so many at once, and so many more while they are replaced."""

    template: Mapping[str, Any]
    """Their `metadata` and `spec`."""
    most: int = 1
    surge: int = 0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a namespace does to the pods in it: the proxy that its mesh adds, and what its
    LimitRanges give to containers that say nothing.
    """

    proxy: Body | None = None
    defaults: Defaults = NOTHING

    def completed(self, template: Mapping[str, Any]) -> Mapping[str, Any]:
        """The spec of a pod as the API server's quota sees it."""
        spec: Mapping[str, Any] = template["spec"]
        metadata = template.get("metadata") or {}
        marks = {**(metadata.get("annotations") or {}), **(metadata.get("labels") or {})}
        if self.proxy is None or marks.get(_INJECT) == "false" or spec.get("hostNetwork"):
            return spec
        role = "initContainers" if self.proxy.get("restartPolicy") else "containers"
        # A proxy that goes on running comes before whatever has to reach the network.
        return {**spec, role: [self.proxy, *spec.get(role, ())]}

    def usage(self, template: Mapping[str, Any]) -> Amounts:
        """What a quota counts for one pod."""
        return usage(self.completed(template), self.defaults)


@dataclass(frozen=True, slots=True)
class Demand:
    """What a workload may ask for at once, by the names of quotas.

    `surge` comes on top while an update is rolled out. `beyond` says what is not counted and may
    run all the same, `specs` are its different pods, completed.
    """

    kind: str
    namespace: str
    name: str
    usage: Amounts
    surge: Amounts = field(default_factory=dict)
    beyond: tuple[str, ...] = ()
    specs: tuple[Mapping[str, Any], ...] = ()

    def unsaid(self, quota: Iterable[str], defaults: Defaults) -> list[tuple[str, str]]:
        """The containers that do not say what this quota demands, each with the resource."""
        found = (each for spec in self.specs for each in unsaid(spec, quota, defaults))
        return sorted(set(found))


def demand(
    body: Body,
    pods: Iterable[Pods],
    around: Surroundings,
    beyond: Iterable[str] = (),
) -> Demand:
    """What an object asks for whose controller runs these pods."""
    every = list(pods)
    each = [around.usage(group.template) for group in every]
    this = identity(body)
    return Demand(
        _TITLES.get(this.group_kind, this.kind),
        this.namespace,
        this.name,
        total(times(group.most, its) for group, its in zip(every, each, strict=True) if group.most),
        total(
            times(group.surge, its) for group, its in zip(every, each, strict=True) if group.surge
        ),
        tuple(beyond),
        tuple(around.completed(group.template) for group in every if group.most),
    )


def share(wanted: int | str | None, replicas: int, otherwise: str) -> int:
    """A number of pods, or a share of them rounded up, as `maxSurge` says it."""
    text = otherwise if wanted is None else wanted
    if isinstance(text, int):
        return text
    if not text.endswith("%"):
        return int(text)
    return ceil(replicas * int(text.removesuffix("%")) / 100)
