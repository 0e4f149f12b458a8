"""The objects that are written for ECK, judged by its own code (`make test-operators`)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from typing import Any

import pytest

from synth.kit.objects import Body, group_of
from tests.events.programs import program
from tests.logs.examples import objects

pytestmark = pytest.mark.operators
NODE: Body = {"storage": {"size": "5Gi"}}


def said(bodies: Iterable[Body]) -> list[str]:
    """What ECK has against each object, in order; an empty text where nothing."""
    done = subprocess.run(
        [program("eck")], input=json.dumps(list(bodies)), capture_output=True, text=True, check=True
    )
    found: list[str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"elasticsearch": {**NODE, "nodes": 3, "resources": {"limits": {"memory": "4Gi"}}}},
        {
            "kibana": {"replicas": 2, "resources": {"limits": {"memory": "1Gi"}}},
            "containers": False,
        },
    ],
)
def test_eck_takes_every_object(fields: dict[str, Any]) -> None:
    made = [
        body
        for body in objects(**fields).values()
        if group_of(body["apiVersion"]).endswith("elastic.co")
    ]
    assert said(made) == [""] * len(made) != []


def test_eck_refuses_what_is_wrong() -> None:
    made = objects()
    nodes, requests = made["Elasticsearch", "elasticsearch"], made["Beat", "requests"]
    nodes["spec"]["nodeSets"][0]["count"] = 0
    requests["spec"]["daemonSet"] = {}
    first, second = said([nodes, requests])
    assert "Elasticsearch needs to have at least one master node" in first
    assert "daemonset" in second.lower()
