"""The event bus of a team.

Source: argoproj/argo-events pkg/apis/events/v1alpha1/jetstream_eventbus.go,
pkg/reconciler/eventbus/installer/jetstream.go, pkg/eventbus/jetstream/base/jetstream.go, 1.9.10.
"""

from __future__ import annotations

from typing import Any

from synth.config.events import Bus
from synth.domains.events.pods import NO_SIDECAR, POD_SECURITY, container
from synth.kit.objects import Body, manifest

NAME = "default"
"""The bus that EventSources and Sensors take which name none."""
KEPT = "1h"
"""How long an event waits for its Sensor: by then Alertmanager has sent an alert again that goes on,
and one that does not is none any more."""


def event_bus(team: str, bus: Bus) -> Body:
    """NATS JetStream in the team's namespace."""
    jetstream: dict[str, Any] = {
        "version": bus.version,
        "replicas": bus.replicas,
        # The controller's own configuration asks for three copies, which one server cannot keep.
        "streamConfig": f"replicas: {min(bus.replicas, 3)}\nmaxAge: {KEPT}\n",
        "metadata": NO_SIDECAR,
        "securityContext": POD_SECURITY,
        "containerTemplate": container("100m", "256Mi"),
        "reloaderContainerTemplate": container("10m", "32Mi"),
        "metricsContainerTemplate": container("10m", "32Mi"),
    }
    if bus.persistence:
        jetstream["persistence"] = {"volumeSize": bus.persistence.size}
        if bus.persistence.storage_class:
            jetstream["persistence"]["storageClassName"] = bus.persistence.storage_class
    return manifest(
        "argoproj.io/v1alpha1", "EventBus", NAME, namespace=team, spec={"jetstream": jetstream}
    )
