"""Argo CD's repo-server and application controller, and what they say of the Applications."""

from __future__ import annotations

import base64
import json
import os
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from synth.kit.objects import Body
from tests.cluster.api import Api, Kind
from tests.cluster.control_plane import NICE, TOKEN, ControlPlane
from tests.cluster.programs import module_folder, program
from tests.servers import HOST, Server, free_ports, wait_for

NAMESPACE = "argocd"
RESYNC = 60
PATIENCE = 10
"""Seconds after which Applications that are not at rest are refreshed again."""
_APPLICATION = Kind("argoproj.io/v1alpha1", "applications")
_CONFIG_MAPS = (
    "argocd-cm",
    "argocd-rbac-cm",
    "argocd-gpg-keys-cm",
    "argocd-ssh-known-hosts-cm",
    "argocd-tls-certs-cm",
)
"""As Argo CD's own install has them: empty."""
_LABELS = {"app.kubernetes.io/part-of": "argocd"}


@dataclass(frozen=True)
class ArgoCd:
    """A running Argo CD on a control plane."""

    plane: ControlPlane
    api: Api
    server: str
    """The address of its API, which asks nobody who they are."""

    def bootstrap(self, *folders: Path) -> None:
        """What the README tells an administrator to do."""
        self.plane.kubectl(
            "apply", "--server-side", "--field-manager=argocd-controller", "-R",
            *(part for folder in folders for part in ("-f", str(folder))),
        )  # fmt: skip

    def refresh(self, *applications: str) -> None:
        """Tell it of a push, as git's host would, for these Applications or for all."""
        self.plane.kubectl(
            "annotate", "applications.argoproj.io", *(applications or ["--all"]), "-n", NAMESPACE,
            "argocd.argoproj.io/refresh=normal", "--overwrite",
        )  # fmt: skip

    def manifests(self, application: str) -> list[Body]:
        """What the repo-server makes of an Application's source."""
        address = f"{self.server}/api/v1/applications/{application}/manifests"
        with urllib.request.urlopen(address, timeout=120) as answer:
            return [json.loads(each) for each in json.load(answer)["manifests"]]

    def applications(self) -> dict[str, Application]:
        """All Applications by name."""
        return {each["metadata"]["name"]: Application(each) for each in self.api.all(_APPLICATION)}

    def application(self, name: str) -> Application:
        return Application(self.plane.get("applications.argoproj.io", name, NAMESPACE))

    def wait_until(
        self, what: str, right: Callable[[Applications], bool], seconds: float = 300
    ) -> Applications:
        """The Applications once `right` says so of them; AssertionError tells what keeps them."""
        deadline = time.monotonic() + seconds
        while True:
            found = self.applications()
            if right(found):
                return found
            if time.monotonic() > deadline:
                raise AssertionError(f"{what}: not within {seconds:.0f} s\n{report(found)}")
            time.sleep(1)

    def rest(
        self,
        at_rest: Callable[[Applications], bool],
        behind: Callable[[Applications], set[str]],
        seconds: float = 600,
    ) -> Applications:
        """The Applications once they are `at_rest`; until then those that are `behind`, and those whose
        health it could not tell, are refreshed again. AssertionError tells what keeps them.
        """
        for _ in range(int(seconds / PATIENCE)):
            with suppress(AssertionError):
                return self.wait_until("at rest", at_rest, PATIENCE)
            found = self.applications()
            # It gives a check of health a second, which is short on a busy machine.
            unknown = {name for name, each in found.items() if each.health == "Unknown"}
            # It takes a refresh that comes in the middle of one for that one.
            if late := behind(found) | unknown:
                self.refresh(*late)
        return self.wait_until("at rest", at_rest, PATIENCE)

    def watch(self, seconds: float) -> Iterator[Applications]:
        """The Applications every other second for so long."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            yield self.applications()
            time.sleep(2)


@dataclass(frozen=True)
class Application:
    """An Application as the API server has it."""

    body: Body

    @property
    def name(self) -> str:
        return str(self.body["metadata"]["name"])

    @property
    def wave(self) -> int | None:
        wave = self.body["metadata"].get("annotations", {}).get("argocd.argoproj.io/sync-wave")
        return None if wave is None else int(wave)

    @property
    def status(self) -> dict[str, Any]:
        return dict(self.body.get("status", {}))

    @property
    def sync(self) -> str:
        return str(self.status.get("sync", {}).get("status", ""))

    @property
    def revision(self) -> str:
        return str(self.status.get("sync", {}).get("revision", ""))

    @property
    def health(self) -> str:
        return str(self.status.get("health", {}).get("status", ""))

    @property
    def operation(self) -> dict[str, Any]:
        """The last operation, running or done."""
        return dict(self.status.get("operationState", {}))

    @property
    def created(self) -> datetime:
        return datetime.fromisoformat(self.body["metadata"]["creationTimestamp"])

    @property
    def first_sync(self) -> tuple[datetime, datetime]:
        """When its first sync that succeeded began and ended."""
        first = self.status["history"][0]
        began, ended = first["deployStartedAt"], first["deployedAt"]
        return datetime.fromisoformat(began), datetime.fromisoformat(ended)

    @property
    def syncs(self) -> int:
        """How many syncs have succeeded."""
        history = self.status.get("history") or [{"id": -1}]
        return int(history[-1]["id"]) + 1

    @property
    def resources(self) -> list[dict[str, Any]]:
        return list(self.status.get("resources", []))

    @property
    def kinds_out_of_sync(self) -> set[str]:
        return {each["kind"] for each in self.resources if each["status"] == "OutOfSync"}

    @property
    def rests(self) -> bool:
        """Synced and healthy, and no operation is under way."""
        return (
            self.sync == "Synced"
            and self.health == "Healthy"
            and self.operation.get("phase", "Succeeded") == "Succeeded"
        )

    def explain(self) -> str:
        """What keeps it from rest, in a line per reason."""
        lines = [f"{self.name}: {self.sync} {self.health} {self.operation.get('phase', '')}"]
        for each in self.resources:
            health = each.get("health", {})
            if each.get("status") == "OutOfSync" or health.get("status", "Healthy") != "Healthy":
                lines.append(
                    f"  {each['kind']} {each.get('namespace', '')}/{each['name']}:"
                    f" {each.get('status')} {health.get('status', '')} {health.get('message', '')}"
                )
        lines += [
            f"  {each['type']}: {each['message'][:600]}"
            for each in self.status.get("conditions", [])
        ]
        message = str(self.operation.get("message", ""))
        if self.operation.get("phase") != "Succeeded" and message:
            lines.append(f"  operation: {message[:600]}")
        return "\n".join(lines)


Applications = Mapping[str, Application]


def report(applications: Applications) -> str:
    """What keeps the Applications from rest."""
    return "\n".join(each.explain() for each in applications.values() if not each.rests)


@contextmanager
def argocd(plane: ControlPlane, env: Mapping[str, str], resync: int = RESYNC) -> Iterator[ArgoCd]:
    """Argo CD on a control plane; `env` is the repo-server's, for git's configuration. Every Application
    is compared again after `resync` seconds though nothing has happened.
    """
    folder = plane.folder / "argocd"
    folder.mkdir()
    _install(plane)
    (folder / "ssh").mkdir()
    (folder / "ssh" / "ssh_known_hosts").touch()
    for each in ("tls", "plugins", "bin"):
        (folder / each).mkdir()
    for role in ("repo-server", "application-controller", "server"):
        (folder / "bin" / f"argocd-{role}").symlink_to(program("argocd"))
    (folder / "bin" / "kustomize").symlink_to(program("kustomize"))
    common = {
        "KUBECONFIG": str(plane.kubeconfig),
        # https://kubernetes.default.svc is the kubeconfig's server.
        "ARGOCD_FAKE_IN_CLUSTER": "true",
        "ARGOCD_GPG_ENABLED": "false",
        "ARGOCD_TLS_DATA_PATH": str(folder / "tls"),
        "ARGOCD_SSH_DATA_PATH": str(folder / "ssh"),
        "ARGOCD_PLUGINSOCKFILEPATH": str(folder / "plugins"),
        # What is kept in Redis is not large, and Redis is not far away.
        "REDIS_COMPRESSION": "none",
        "TMPDIR": str(folder),
    }
    redis, repo, repo_metrics, controller_metrics, api, api_metrics = free_ports(6)
    with ExitStack() as stack:

        def start(name: str, command: list[str | Path], more: Mapping[str, str]) -> Server:
            server = Server(name, command, folder, {**common, **more}, nice=NICE)
            stack.callback(server.stop)
            plane.servers.append(server)
            return server

        cache = start("redis", [program("redis"), f"{HOST}:{redis}"], {})
        wait_for("redis", lambda: cache.listens(redis))
        # Kustomize checks upstream out for every component, which a disk makes slow.
        memory = Path("/dev/shm")
        checkouts = stack.enter_context(
            TemporaryDirectory(dir=memory if memory.is_dir() else folder)
        )
        path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        repo_server = start(
            "argocd-repo-server",
            [
                folder / "bin" / "argocd-repo-server",
                "--redis", f"{HOST}:{redis}",
                "--address", HOST,
                "--port", str(repo),
                "--metrics-port", str(repo_metrics),
                "--disable-tls",
                "--revision-cache-expiration", "5s",
            ],
            {"PATH": path, "TMPDIR": checkouts, **env},
        )  # fmt: skip
        wait_for("the repo-server", lambda: repo_server.listens(repo))
        controller = start(
            "argocd-application-controller",
            [
                folder / "bin" / "argocd-application-controller",
                "--redis", f"{HOST}:{redis}",
                "--repo-server", f"{HOST}:{repo}",
                "--repo-server-plaintext",
                "--kubeconfig", plane.kubeconfig,
                "-n", NAMESPACE,
                "--app-resync", str(resync),
                # On a busy machine what was applied is seen late, and is taken for a change.
                "--self-heal-backoff-cap-seconds", "5",
                "--metrics-port", str(controller_metrics),
            ],
            # Why an Application is not healthy is then told with it.
            {"ARGOCD_APPLICATION_CONTROLLER_PERSIST_RESOURCE_HEALTH": "true"},
        )  # fmt: skip
        wait_for("the application controller", lambda: controller.listens(controller_metrics))
        server = start(
            "argocd-server",
            [
                folder / "bin" / "argocd-server",
                "--redis", f"{HOST}:{redis}",
                "--repo-server", f"{HOST}:{repo}",
                "--repo-server-plaintext",
                "--kubeconfig", plane.kubeconfig,
                "-n", NAMESPACE,
                "--address", HOST,
                "--port", str(api),
                "--metrics-port", str(api_metrics),
                "--insecure",
                "--disable-auth",
                "--dex-server", f"{HOST}:1",
            ],
            {},
        )  # fmt: skip
        wait_for("Argo CD's server", lambda: server.listens(api))
        yield ArgoCd(plane, Api(plane.server, plane.authority, TOKEN), f"http://{HOST}:{api}")


def _install(plane: ControlPlane) -> None:
    crds = module_folder("argocd", "github.com/argoproj/argo-cd/v3") / "manifests" / "crds"
    plane.kubectl("create", "namespace", NAMESPACE)
    for path in sorted(crds.glob("*-crd.yaml")):
        plane.install_crds(path)
    plane.apply(
        [
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": name, "namespace": NAMESPACE, "labels": _LABELS},
            }
            for name in _CONFIG_MAPS
        ]
    )
    key = base64.b64encode(b"of one test run").decode()
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "argocd-secret", "namespace": NAMESPACE, "labels": _LABELS},
        "data": {"server.secretkey": key},
    }
    plane.kubectl("create", "-f", "-", stdin=json.dumps(secret))
