"""Containers that do not say which image they are, what they need, or when they are ready."""

from __future__ import annotations

from typing import Any

import pytest

from synth.kit.objects import Body, manifest
from tests.rules.rendered import SMALL, UPSTREAM, error, findings, warning

SERVER = {
    "name": "web",
    "image": "registry.example.com/web:1.4.0",
    "ports": [{"containerPort": 8080}],
    "resources": SMALL,
    "readinessProbe": {"tcpSocket": {"port": 8080}},
}
THIS = "Deployment.apps nlp/web"


def deployment(kind: str = "Deployment", *, init: Any = None, **container: Any) -> Body:
    body = {key: value for key, value in {**SERVER, **container}.items() if value is not None}
    labels = {"app": "web"}
    spec = {"containers": [body], **({"initContainers": [init]} if init else {})}
    return manifest(
        "apps/v1", kind, "web", namespace="nlp",
        spec={
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    )  # fmt: skip


def test_a_server_that_says_it_all() -> None:
    assert findings(deployment()) == []


@pytest.mark.parametrize("image", ["web", "registry.example.com:5000/web", "web:latest"])
def test_an_image_that_is_another_one_every_day(image: str) -> None:
    said = error(
        "WL001", THIS,
        f"runs {image} in web, which is another image every day: give it a tag other than latest, "
        "or a digest",
    )  # fmt: skip
    assert findings(deployment(image=image)) == [said]


def test_a_digest_says_which_image_it_is() -> None:
    assert findings(deployment(image=f"web@sha256:{'a1' * 32}")) == []


@pytest.mark.parametrize(("policy", "of"), [({}, warning), ({"requireMirror": True}, error)])
def test_an_image_from_elsewhere(policy: dict[str, Any], of: Any) -> None:
    registry = "mirror.example.com/all"
    image = "quay.io/web:1"
    said = of(
        "WL002", THIS,
        "runs quay.io/web:1 in web, which is not pulled from mirror.example.com/all: name it as the "
        "mirror calls it (`synth images`)",
    )  # fmt: skip
    assert findings(deployment(image=image), registry=registry, policy=policy) == [said]
    assert findings(deployment(image=f"{registry}/{image}"), registry=registry, policy=policy) == []


NOTHING = "requests.cpu, requests.memory, limits.memory"


@pytest.mark.parametrize(
    ("resources", "missing"),
    [
        (None, NOTHING),
        ({}, NOTHING),
        ({"requests": {"cpu": "1", "memory": "1Gi"}}, "limits.memory"),
        ({"limits": {"memory": "1Gi"}}, "requests.cpu"),
    ],
)
def test_a_container_that_does_not_say_what_it_needs(
    resources: dict[str, Any] | None, missing: str
) -> None:
    said = warning(
        "WL003", THIS,
        f"does not say {missing} of web: nobody knows on which node it fits, or what it may take "
        "from others",
    )  # fmt: skip
    assert findings(deployment(resources=resources)) == [said]


@pytest.mark.parametrize(
    "said",
    [
        {"default": {"memory": "1Gi"}, "defaultRequest": {"cpu": "100m"}},
        # What a container may have at most, or at least, is its default where there is no other.
        {"max": {"memory": "1Gi"}, "min": {"cpu": "100m"}},
    ],
)
def test_a_limit_range_says_it_for_all(said: dict[str, Any]) -> None:
    its = {"type": "Container", **said}
    ranges = manifest("v1", "LimitRange", "limits", namespace="nlp", spec={"limits": [its]})
    assert findings(deployment(resources=None), ranges) == []
    elsewhere = {**ranges, "metadata": {"name": "limits", "namespace": "vision"}}
    assert [each.code for each in findings(deployment(resources=None), elsewhere)] == ["WL003"]


def test_a_server_that_does_not_say_when_it_is_ready() -> None:
    said = warning(
        "WL004", THIS,
        "has no readinessProbe of web: it gets requests before it can answer them",
    )  # fmt: skip
    assert findings(deployment(readinessProbe=None)) == [said]
    assert findings(deployment(readinessProbe=None, ports=None)) == []


def test_what_comes_before_needs_no_probe() -> None:
    init = {**SERVER, "name": "init", "readinessProbe": None}
    del init["readinessProbe"]
    assert findings(deployment(init=init)) == []
    beside = {**init, "restartPolicy": "Always"}
    found = findings(deployment(init=beside), kubernetes="1.29")
    assert [each.code for each in found] == ["WL004"]


def test_of_upstream_only_images_are_told() -> None:
    body = deployment(image="web:latest", resources=None, readinessProbe=None)
    assert [each.code for each in findings(body, origin=UPSTREAM)] == ["WL001"]
