"""Real controllers, run beside the cluster: each works while the Deployment that would hold it is
available, as its pod would.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from httpx2 import HTTPError

from tests.cluster.api import Api, Kind
from tests.cluster.control_plane import TOKEN, ControlPlane
from tests.cluster.programs import program
from tests.servers import Server

Arguments = Callable[[Path], list[str | Path]]


@dataclass(frozen=True)
class Controller:
    """A program and the Deployment, by namespace and name, whose pod it would run in."""

    name: str
    namespace: str
    deployment: str
    arguments: Arguments
    env: Mapping[str, str]


CONTROLLERS = (
    Controller("cert-manager-controller", "cert-manager", "cert-manager", lambda _: [], {}),
    Controller(
        "cert-manager-cainjector", "cert-manager", "cert-manager-cainjector", lambda _: [], {}
    ),
    Controller(
        "workflow-controller",
        "kubeflow",
        "workflow-controller",
        lambda kubeconfig: [
            "--kubeconfig", kubeconfig,
            "--configmap", "workflow-controller-configmap",
            "--executor-image", "quay.io/argoproj/argoexec:v3.7.3",
            "--namespace", "kubeflow",
        ],
        {"LEADER_ELECTION_DISABLE": "true"},
    ),
)  # fmt: skip
"""Every real controller there is, beside Kubernetes' own."""


_DEPLOYMENT = Kind("apps/v1", "deployments")


@contextmanager
def controllers(plane: ControlPlane) -> Iterator[None]:
    """All of them, until the context ends; one that ends by itself is started again."""
    stop = threading.Event()
    threads = [
        threading.Thread(target=_supervise, args=(plane, each, stop), daemon=True)
        for each in CONTROLLERS
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _supervise(plane: ControlPlane, controller: Controller, stop: threading.Event) -> None:
    api = Api(plane.server, plane.authority, TOKEN)
    server: Server | None = None
    while not stop.wait(1):
        try:
            found = api.one(_DEPLOYMENT, controller.deployment, controller.namespace)
        except HTTPError:
            continue
        available = bool(found and found.get("status", {}).get("availableReplicas"))
        if server and (not available or server.ended):
            server.stop()
            server = None
        if available and not server:
            env = {"KUBECONFIG": str(plane.kubeconfig), **controller.env}
            command = [program(controller.name), *controller.arguments(plane.kubeconfig)]
            server = Server(controller.name, command, plane.folder, env)
    if server:
        server.stop()
