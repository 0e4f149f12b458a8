"""The workflow that measures accuracy, run on time as Argo Workflows would run it, with the metric by
which its controller tells of runs that have succeeded.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import time
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Gauge, push_to_gateway

from story.configuration import MODEL, TEAM
from story.repeating import repeating
from story.training import TEMPLATE, command
from synth.kit.objects import Body
from tests.cluster.api import Kind
from tests.repository import ROOT

if TYPE_CHECKING:
    from story.stage import Stage

EVERY = 10.0
"""Seconds between two runs, which are an hour apart in production."""
_BROKER = "events-kafka-bootstrap.kafka.svc.cluster.local:9092"
_GATEWAY = "http://pushgateway.monitoring.svc.cluster.local:9091"


_CRON = Kind("argoproj.io/v1alpha1", "cronworkflows")
_WORKFLOW = f"{MODEL}-evaluation"


@contextmanager
def evaluating(it: Stage) -> Iterator[None]:
    """While accuracy is measured."""
    template = it.apis["prod"].one(TEMPLATE, _WORKFLOW, TEAM)
    cron = it.apis["prod"].one(_CRON, _WORKFLOW, TEAM)
    assert template, "no workflow that measures accuracy"
    assert cron, "nothing that runs it on time"
    gateway = it.watched().pushgateway
    words = [
        word.replace(_BROKER, it.broker.address).replace(_GATEWAY, gateway)
        for word in command(template, "accuracy", {})
    ]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "images/evaluation")}
    registry = CollectorRegistry()
    succeeded = _succeeded(cron, registry)

    def work() -> None:
        created = time()
        done = subprocess.run(
            [sys.executable, *words[1:]], env=env, capture_output=True, text=True, check=False
        )
        if done.returncode:
            said = done.stderr.strip().splitlines() or ["nothing said"]
            it.timeline.event("fault", f"accuracy cannot be measured: {said[-1]}")
            return
        succeeded.set(created)
        push_to_gateway(gateway, job="workflow-controller", registry=registry)

    with repeating(work, EVERY):
        yield


def _succeeded(cron: Body, registry: CollectorRegistry) -> Gauge:
    """The metric that the CronWorkflow asks for, by the name that the controller gives it (Argo
    Workflows, docs/metrics.md).
    """
    [metric] = cron["spec"]["workflowSpec"]["metrics"]["prometheus"]
    labels = {each["key"]: each["value"] for each in metric["labels"]}
    name = f"argo_workflows_{metric['name']}"
    family = Gauge(name, metric["help"], list(labels), registry=registry)
    return family.labels(**labels)
