"""Logs for tests, and what is made of them."""

from __future__ import annotations

import json
from typing import Any

from cdk8s import App, Chart

from synth.config.logs import Logs
from synth.domains.logs import LogStack
from synth.kit.objects import Body


def logs(**fields: Any) -> Logs:
    body = {"elasticsearch": {"storage": {"size": "20Gi"}}, **fields}
    return Logs.model_validate_json(json.dumps(body))


def objects(**fields: Any) -> dict[tuple[str, str], Body]:
    """The objects by kind and name."""
    leaf = LogStack(Chart(App(), "logs"), logs(**fields), operator="elastic-system")
    assert leaf.key == "observability.logs"
    made = {(body["kind"], body["metadata"]["name"]): body for body in leaf.objects}
    assert len(made) == len(leaf.objects)
    return made
