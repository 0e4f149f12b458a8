"""Every release of Kubeflow, hydrated, in the example's prod: a real Argo CD comes to rest on it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise

import pytest

from synth.catalog.drift import KNOWN_DIFFERENCES, known_differences
from synth.catalog.kubeflow import RELEASES
from synth.catalog.upgrades import obstacles
from synth.kit.objects import Body, Identity
from synth.render.documents import load_all
from tests.cluster.argocd import Application
from tests.cluster.conftest import Releases
from tests.cluster.control_plane import assert_kept
from tests.cluster.measured import Measured
from tests.cluster.platform import Platform, platform
from tests.servers import wait_for

ENVIRONMENT = "prod"
_LIMIT = 262_144
"""Bytes that all annotations of an object may have together (Kubernetes)."""


@pytest.fixture(scope="module", params=RELEASES)
def release(request: pytest.FixtureRequest) -> str:
    """A release of Kubeflow."""
    return str(request.param)


@pytest.fixture(scope="module")
def installed(
    release: str,
    releases: Releases,
    programs: None,
    measured: Measured,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Platform]:
    """The example with this release, installed as an administrator would."""
    folder = tmp_path_factory.mktemp(f"release-{release}")
    with platform(folder, ENVIRONMENT) as it:
        it.example.write(ENVIRONMENT, url=it.git.url)
        it.example.release(release, "hydrated", releases.tree(release), ENVIRONMENT)
        it.publish(f"Kubeflow {release}")
        with measured.time(release, "synced"):
            it.bootstrap()
            found = it.rest()
        measured.row(release).update(healthy=len(found), exceptions="none")
        yield it


def test_every_wave_waits_for_the_one_before_it(installed: Platform) -> None:
    waves: dict[int, list[Application]] = {}
    for each in installed.rest().values():
        if each.wave is not None:
            waves.setdefault(each.wave, []).append(each)
    order = sorted(waves)
    assert len(order) > 5
    for before, after in pairwise(order):
        done = max(each.first_sync[1] for each in waves[before])
        for each in waves[after]:
            assert each.created >= done, f"{each.name} of wave {after} came before wave {before}"
            assert each.first_sync[0] >= done


def test_it_stays_at_rest_for_two_minutes_and_every_object_is_accepted(
    installed: Platform, release: str, measured: Measured
) -> None:
    """Accepted by the API server with a server-side apply, which keeps nothing; a field that it
    does not know is an error.
    """
    before = installed.rest()
    bodies = [*objects(installed)]
    with ThreadPoolExecutor(1) as aside:
        accepted = aside.submit(installed.plane.accepted, bodies)
        for found in installed.argocd.watch(120):
            restless = {
                name: each.explain()
                for name, each in found.items()
                if each.sync != "Synced" or each.operation != before[name].operation
            }
            assert restless == {}
        assert accepted.result() == len(bodies)
    measured.row(release).update(quiet=len(before), objects=len(bodies), accepted=len(bodies))


def test_the_annotations_of_large_objects_stay_under_the_limit(installed: Platform) -> None:
    installed.rest()
    sizes = {
        body["metadata"]["name"]: sum(
            len(key) + len(value)
            for key, value in (body["metadata"].get("annotations") or {}).items()
        )
        for body in installed.plane.get("customresourcedefinitions.apiextensions.k8s.io")["items"]
    }
    assert {name: size for name, size in sizes.items() if size >= _LIMIT} == {}


def test_every_known_difference_is_needed(
    installed: Platform, release: str, measured: Measured
) -> None:
    """Without its entry Argo CD sees an object out of sync, with controllers and stand-ins at work."""
    entries = {
        name: application.body["spec"]["ignoreDifferences"]
        for name, application in installed.rest().items()
        if "ignoreDifferences" in application.body["spec"]
    }
    needed = set()
    with installed.unattended(*entries):
        for name, ignored in entries.items():
            for entry, path in [(e, path) for e in ignored for path in e["jqPathExpressions"]]:
                installed.change(name, {"ignoreDifferences": without(ignored, entry, path)})
                installed.argocd.refresh(name)
                wait_for(
                    f"{name}: a {entry['kind']} out of sync without {path}",
                    partial(out_of_sync, installed, name, entry["kind"]),
                    90,
                )
                installed.change(name, {"ignoreDifferences": ignored})
                needed.add((entry["group"], entry["kind"], path))
    assert needed == {(known.group, known.kind, known.path) for known in KNOWN_DIFFERENCES}
    installed.rest()
    measured.row(release)["differences"] = len(needed)


def out_of_sync(installed: Platform, application: str, kind: str) -> bool:
    return kind in installed.argocd.applications()[application].kinds_out_of_sync


def without(ignored: list[Body], entry: Body, path: str) -> list[Body]:
    """The entries without one path of one of them."""
    left = [each for each in entry["jqPathExpressions"] if each != path]
    return [
        {**each, "jqPathExpressions": left} if each == entry else each
        for each in ignored
        if each != entry or left
    ]


def test_a_hand_edit_beside_a_known_difference_is_healed(installed: Platform) -> None:
    applications = installed.rest()
    objects = [
        Identity(each.get("group", ""), each["kind"], each.get("namespace", ""), each["name"])
        for application in applications.values()
        for each in application.resources
    ]
    edited = [each for each in objects if any(known_differences(each))]
    assert edited
    for each in edited:
        hooks = installed.plane.get(each.kind, each.name)["webhooks"]
        patch = {"webhooks": [{**hook, "sideEffects": "NoneOnDryRun"} for hook in hooks]}
        installed.plane.kubectl(
            "patch", each.kind, each.name, "--type=merge", "-p", json.dumps(patch)
        )
    wait_for(
        "the edits to be healed",
        lambda: all(
            hook["sideEffects"] == "None"
            for each in edited
            for hook in installed.plane.get(each.kind, each.name)["webhooks"]
        ),
        120,
    )
    installed.rest()


UPGRADES = {"1.8.1": "1.9.1", "1.10": "1.11"}


def test_an_upgrade_in_one_commit_comes_to_rest_and_replaces_nothing_that_holds_data(
    installed: Platform, release: str, releases: Releases, measured: Measured
) -> None:
    if release not in UPGRADES:
        pytest.skip("no upgrade from this release is measured")
    later = UPGRADES[release]
    installed.rest()
    before = installed.plane.uids()
    installed.example.release(later, "hydrated", releases.tree(later), ENVIRONMENT)
    said = installed.example.synth("validate", ENVIRONMENT).stdout
    began = time.monotonic()
    installed.publish(f"Kubeflow {later}")
    for obstacle in obstacles(release, later):
        assert "; ".join(obstacle.commands) in said
        name = installed.application(f"kubeflow-{obstacle.component}")
        wait_for(f"{name} to fail", partial(fails, installed, name), 300)
        for command in obstacle.commands:
            installed.plane.shell(command)
    installed.rest()
    measured.row(release)["upgrade"] = {"to": later, "seconds": round(time.monotonic() - began)}
    assert_kept(before, installed.plane.uids())


def fails(installed: Platform, application: str) -> bool:
    found = installed.argocd.applications()[application]
    conditions = [each["type"] for each in found.status.get("conditions", [])]
    results = found.operation.get("syncResult", {}).get("resources", [])
    return "ComparisonError" in conditions or any(e["status"] == "SyncFailed" for e in results)


def objects(installed: Platform) -> Iterator[Body]:
    """Every object in the environment's tree."""
    for path in sorted((installed.git.tree / "dist" / ENVIRONMENT).rglob("*.yaml")):
        yield from load_all(path.read_text())
