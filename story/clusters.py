"""The clusters: one for each environment, and a small one that one Argo CD manages them all from."""

from __future__ import annotations

import base64
import json
import os
import signal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path

from synth.kit.application import BOOTSTRAP, ROOT, application_name
from synth.kit.objects import Body
from tests.cluster.argocd import NAMESPACE, Applications, ArgoCd, argocd
from tests.cluster.control_plane import NICE, TOKEN, ControlPlane, control_plane
from tests.cluster.controllers import controllers
from tests.cluster.platform import install_addons
from tests.cluster.stand_ins import stand_ins
from tests.git import GitRepository

RESYNC = 3600
"""Seconds after which every Application is compared again though nothing has happened: longer than the
story, since that takes both cores for half a minute.
"""


@dataclass(frozen=True)
class Clusters:
    """What runs, by environment."""

    argocd: ArgoCd
    planes: Mapping[str, ControlPlane]

    def bootstrap(self, top: Path) -> None:
        """What the README tells an administrator to do, once for each environment."""
        self.argocd.bootstrap(top / "settings", *(top / name for name in self.planes))

    def refresh(self, git: GitRepository) -> None:
        """Tells Argo CD of the newest commit, as git's host would: what it changes is compared at once."""
        self.argocd.refresh(*(affected(git.changed()) & self.argocd.applications().keys()))

    def synced(self, git: GitRepository, seconds: float = 600) -> Applications:
        """The Applications once those that the newest commit changes are at it, and all rest;
        AssertionError tells what keeps them.
        """
        head, changed = git.head(), affected(git.changed())

        def behind(found: Applications) -> set[str]:
            return {name for name in changed if name in found and found[name].revision != head}

        def resting(found: Applications) -> bool:
            there = changed <= found.keys()
            return there and not behind(found) and all(each.rests for each in found.values())

        if late := behind(self.argocd.applications()):
            self.argocd.refresh(*late)
        return self.argocd.rest(resting, behind, seconds)


def affected(paths: Iterable[str]) -> set[str]:
    """The Applications that these files of the team's repository belong to."""
    found = set()
    for path in paths:
        match path.split("/"):
            case ["dist", environment, "argocd", _, *_]:
                found.add(application_name(environment, ROOT))
            case ["dist", environment, name, _, *_]:
                found.add(application_name(environment, name))
            case ["argocd", environment, _, *_] if environment != "settings":
                found.add(application_name(environment, BOOTSTRAP))
    return found


@contextmanager
def clusters(folder: Path, environments: Sequence[str]) -> Iterator[Clusters]:
    """A cluster for each environment, with the add-ons' CRDs and nothing of ours in it yet, and Argo CD
    on one of its own, which knows them all.
    """
    with ExitStack() as stack:
        planes = {}
        for name in environments:
            (folder / name).mkdir()
            planes[name] = stack.enter_context(control_plane(folder / name / "cluster"))
            install_addons(planes[name], folder / name)
        manager = stack.enter_context(control_plane(folder / "manager", runs_pods=False))
        running = stack.enter_context(argocd(manager, {}, resync=RESYNC))
        stack.enter_context(_controlled(list(planes.values())))
        manager.apply([_known(name, plane) for name, plane in planes.items()])
        yield Clusters(running, planes)


@contextmanager
def _controlled(planes: Sequence[ControlPlane]) -> Iterator[None]:
    """Controllers and what stands in for others, in a process of their own: as threads of this one they
    would keep requests waiting.
    """
    apart = get_context("spawn")
    over = apart.Event()
    known = [replace(each, servers=[]) for each in planes]
    process = apart.Process(target=_control, args=(known, over))
    process.start()
    try:
        yield
    finally:
        over.set()
        process.join()


def _control(planes: Sequence[ControlPlane], over: Event) -> None:
    # After Ctrl-C this process, too, is told to end by the other one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICE)
    with ExitStack() as stack:
        for plane in planes:
            stack.enter_context(controllers(plane))
            stack.enter_context(stand_ins(plane))
        over.wait()


def _known(name: str, plane: ControlPlane) -> Body:
    """The Secret by which Argo CD knows a cluster (Argo CD, declarative setup, clusters)."""
    authority = base64.b64encode(plane.authority.read_bytes()).decode()
    access = {"bearerToken": TOKEN, "tlsClientConfig": {"caData": authority}}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": f"cluster-{name}",
            "namespace": NAMESPACE,
            "labels": {"argocd.argoproj.io/secret-type": "cluster"},
        },
        "stringData": {"name": name, "server": plane.server, "config": json.dumps(access)},
    }
