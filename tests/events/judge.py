"""Argo Events' own code as a judge of objects and events."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from synth.kit.objects import Body
from tests.events.programs import program

NOON = "2026-11-25T12:00:00Z"


@dataclass(frozen=True)
class Outcome:
    """What one event comes to: the objects of triggers that run, and the mistakes that the Sensor
    would log, both by the name of the trigger or dependency.
    """

    created: dict[str, Any]
    errors: dict[str, str]


def problems(objects: Iterable[Body]) -> list[str]:
    """What Argo Events has against objects of its kinds."""
    found: list[str] = _asked(objects, [])["problems"]
    return found


def outcomes(objects: Iterable[Body], bodies: Iterable[Any], time: str = NOON) -> list[Outcome]:
    """What comes of each request's body that reaches the EventSource at this time."""
    events = [{"time": time, "body": body} for body in bodies]
    return [Outcome(**each) for each in _asked(objects, events)["outcomes"]]


def _asked(objects: Iterable[Body], events: list[Any]) -> Any:
    own = [each for each in objects if each["apiVersion"] == "argoproj.io/v1alpha1"]
    done = subprocess.run(
        [program("argo-events")],
        input=json.dumps({"objects": own, "events": events}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
