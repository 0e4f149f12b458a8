"""Real controllers, run beside the cluster: each works while the Deployment that would hold it is
available, as its pod would. One whose image is of another minor version than the program is left out:
each reads the configuration of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from httpx2 import HTTPError

from synth.kit.objects import Body
from tests.cluster.api import Api, Kind
from tests.cluster.control_plane import NICE, TOKEN, ControlPlane
from tests.cluster.programs import program
from tests.servers import Server

Arguments = Callable[[Path], list[str | Path]]


@dataclass(frozen=True)
class Controller:
    """A program and the Deployment, by namespace and name, whose pod it would run in; it takes the
    place of images whose tag begins with `tag`.
    """

    name: str
    namespace: str
    deployment: str
    arguments: Arguments
    env: Mapping[str, str]
    tag: str = ""

    def runs_in(self, deployment: Body) -> bool:
        """Whether the Deployment is available and would run this version."""
        [container] = deployment["spec"]["template"]["spec"]["containers"]
        tag = container["image"].rpartition(":")[2]
        available = deployment.get("status", {}).get("availableReplicas")
        return bool(available) and tag.startswith(self.tag)


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
        tag="v3.7.",
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
        wanted = bool(found and controller.runs_in(found))
        if server and (not wanted or server.ended):
            server.stop()
            server = None
        if wanted and not server:
            env = {"KUBECONFIG": str(plane.kubeconfig), **controller.env}
            command = [program(controller.name), *controller.arguments(plane.kubeconfig)]
            server = Server(controller.name, command, plane.folder, env, nice=NICE)
    if server:
        server.stop()
