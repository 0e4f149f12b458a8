"""What one pod asks for, as the API server's quota counts it.

Source: kubernetes/kubernetes pkg/quota/v1/evaluator/core/pods.go (PodUsageFunc, Constraints) and
kubernetes/component-helpers resource/helpers.go (PodRequests, PodLimits), 1.34.4, but for pod
overhead and resources of whole pods, which nothing here says; pkg/apis/core/v1/defaults.go and
plugin/pkg/admission/limitranger/admission.go for what a container is given that says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from synth.kit.objects import Body
from synth.rules.capacity.amounts import Amounts, counted, largest, parsed, total

DEMANDED = {f"{kind}.{name}" for kind in ("requests", "limits") for name in ("cpu", "memory")}
"""What every container has to say once a quota limits it; else the API server refuses its pod."""


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the LimitRanges of a namespace give to containers that say nothing."""

    requests: Mapping[str, Fraction]
    limits: Mapping[str, Fraction]


NOTHING = Defaults({}, {})


def defaults(limit_ranges: Iterable[Body]) -> Defaults:
    """The defaults of the LimitRanges of one namespace. A request that is not given is the limit
    (pkg/apis/core/v1/defaults.go, SetDefaults_LimitRangeItem).
    """
    requests: dict[str, Fraction] = {}
    limits: dict[str, Fraction] = {}
    for body in limit_ranges:
        for item in body["spec"]["limits"]:
            if item["type"] == "Container":
                given = {**parsed(item.get("max", {})), **parsed(item.get("default", {}))}
                least = parsed(item.get("min", {}))
                limits |= given
                requests |= {**least, **given, **parsed(item.get("defaultRequest", {}))}
    return Defaults(requests, limits)


def usage(spec: Mapping[str, Any], given: Defaults = NOTHING) -> Amounts:
    """What a quota counts for a pod with this spec."""
    one = Fraction(1)
    return {"pods": one, "count/pods": one} | {
        name: amount for name, amount in _together(spec, given).items() if counted(name)
    }


def unsaid(
    spec: Mapping[str, Any], quota: Iterable[str], given: Defaults = NOTHING
) -> Iterator[tuple[str, str]]:
    """The containers that do not say what this quota demands, each with the resource."""
    for container in (*spec.get("containers", ()), *spec.get("initContainers", ())):
        said = _amounts(container, given)
        for name in sorted(DEMANDED.intersection(quota) - said.keys()):
            yield container["name"], name


def _together(spec: Mapping[str, Any], given: Defaults) -> dict[str, Fraction]:
    """All containers, or the init container that asks for more, whichever is more; init containers
    that go on running count beside whatever comes after them.
    """
    running: dict[str, Fraction] = {}
    starting = []
    for container in spec.get("initContainers", ()):
        its = total([running, _amounts(container, given)])
        starting.append(its)
        if container.get("restartPolicy") == "Always":
            running = its
    containers = [_amounts(container, given) for container in spec.get("containers", ())]
    return largest([total([running, *containers]), *starting])


def _amounts(container: Mapping[str, Any], given: Defaults) -> dict[str, Fraction]:
    """Requests and limits of a container by the names of quotas; a request that is not said is the
    limit.
    """
    resources = container.get("resources") or {}
    limits = parsed(resources.get("limits") or {})
    requests = {**given.requests, **limits, **parsed(resources.get("requests") or {})}
    limits = {**given.limits, **limits}
    return {
        f"{kind}.{name}": amount
        for kind, amounts in (("requests", requests), ("limits", limits))
        for name, amount in amounts.items()
    }
