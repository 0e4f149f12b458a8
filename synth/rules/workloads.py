"""What runs in containers: images that say which one they are, resources, and when they are ready."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from synth.catalog.images import split
from synth.config.environment import Environment
from synth.kit.objects import Body, Resource
from synth.rules.capacity.pods import NOTHING, Defaults, defaults
from synth.rules.flaws import Flaw, Rendered
from synth.rules.pod_security.kinds import pod_templates
from synth.rules.pod_security.templates import listed

_SERVERS = frozenset({"Deployment", "StatefulSet"})
"""Kinds whose pods get traffic once they are ready; the operators of others see to it themselves."""
_WANTED = (("requests", "cpu"), ("requests", "memory"), ("limits", "memory"))
"""What every container says: the scheduler goes by requests, and without a limit of memory one
container takes what its neighbours live on. A limit of CPU would slow it down for nothing."""


class _Container(NamedTuple):
    name: str
    body: Body
    starts: bool
    """Whether it is there to begin with only."""


def check_workloads(environment: Environment, rendered: Rendered) -> Iterator[Flaw]:
    """Images that anybody can change behind the tag, or that come from elsewhere than the
    environment's registry; and of what upstream did not write containers that do not say what they
    need, and servers that do not say when they are ready. What an operator adds is its own affair.
    """
    given = _defaults(rendered)
    for resource in rendered.resources:
        containers = [each for each in _containers(resource.body) if each.body.get("image")]
        for each in containers:
            yield from _image(environment, resource, each)
        if resource.origin.from_upstream:
            continue
        namespace = resource.body["metadata"].get("namespace", "")
        for each in containers:
            yield from _resources(resource, each, given.get(namespace, NOTHING))
            if resource.body["kind"] in _SERVERS and not each.starts:
                yield from _readiness(resource, each)


def _image(environment: Environment, resource: Resource, container: _Container) -> Iterator[Flaw]:
    image = container.body["image"]
    if "{{" in image:  # filled in when it runs
        return
    _, tag, digest = split(image)
    if not digest and tag in ("", "latest"):
        yield Flaw(
            "WL001", resource,
            f"runs {image} in {container.name}, which is another image every day: give it a tag "
            "other than latest, or a digest",
        )  # fmt: skip
    registry = environment.registry
    if registry and not image.startswith(f"{registry.rstrip('/')}/"):
        yield Flaw(
            "WL002", resource,
            f"runs {image} in {container.name}, which is not pulled from {registry}: name it as the "
            "mirror calls it (`synth images`)",
            "error" if environment.policy.require_mirror else "warning",
        )  # fmt: skip


def _resources(resource: Resource, container: _Container, given: Defaults) -> Iterator[Flaw]:
    own = container.body.get("resources") or {}
    limits = {*given.limits, *(own.get("limits") or {})}
    # A request that is not there is as high as the limit.
    requests = {*limits, *given.requests, *(own.get("requests") or {})}
    said = {"limits": limits, "requests": requests}
    missing = [f"{kind}.{name}" for kind, name in _WANTED if name not in said[kind]]
    if missing:
        yield Flaw(
            "WL003", resource,
            f"does not say {', '.join(missing)} of {container.name}: nobody knows on which node it "
            "fits, or what it may take from others",
            "warning",
        )  # fmt: skip


def _readiness(resource: Resource, container: _Container) -> Iterator[Flaw]:
    if container.body.get("ports") and "readinessProbe" not in container.body:
        yield Flaw(
            "WL004", resource,
            f"has no readinessProbe of {container.name}: it gets requests before it can answer them",
            "warning",
        )  # fmt: skip


def _containers(body: Body) -> Iterator[_Container]:
    for template in pod_templates(body):
        for key in ("initContainers", "containers"):
            for each in listed(template.spec, key):
                # One that goes on beside the others restarts always (a sidecar, from 1.29 on).
                starts = key == "initContainers" and each.get("restartPolicy") != "Always"
                yield _Container(each["name"], each, starts)


def _defaults(rendered: Rendered) -> Mapping[str, Defaults]:
    """What containers get that say nothing, by namespace."""
    ranges: dict[str, list[Body]] = defaultdict(list)
    for each in rendered.resources:
        if each.body["kind"] == "LimitRange":
            ranges[each.body["metadata"].get("namespace", "")].append(each.body)
    return {namespace: defaults(bodies) for namespace, bodies in ranges.items()}
