"""The API server itself on quotas: what `synth capacity` accepts is admitted, and nothing beyond it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from synth.cli.steps import Silence
from synth.kit.objects import Body, manifest
from synth.pipeline import build
from synth.project import Project
from synth.render.cache import Cache
from synth.rules.capacity.amounts import Amounts, shown, total
from synth.rules.capacity.demand import Demand
from synth.rules.capacity.pods import DEMANDED, unsaid, usage
from synth.validation import capacity
from tests.cluster.control_plane import ControlPlane
from tests.repository import ROOT
from tests.servers import wait_for

TEAM = "nlp"


def test_what_fits_is_admitted_and_one_more_is_not(plane: ControlPlane, tmp_path: Path) -> None:
    result = build(Project(ROOT), Cache(tmp_path), ["prod"], Silence(), everything=True)
    team = next(each for each in capacity(result)["prod"] if each.team == TEAM)
    assert team.over(team.usage) == []
    ranges = [each.body for each in result.objects("prod") if each.body["kind"] == "LimitRange"]
    pods = [
        pod(f"{number}-{index}", spec)
        for number, demand in enumerate(team.demands)
        for index, spec in enumerate(at_once(demand))
    ]
    specs = [each["spec"] for each in pods]

    def said(name: str) -> bool:
        return not any(any(unsaid(spec, [name], team.defaults)) for spec in specs)

    assert {name for name in DEMANDED if not said(name)} == {"limits.cpu"}
    counted = total(usage(spec, team.defaults) for spec in specs)
    plane.apply(
        [
            manifest("v1", "Namespace", TEAM),
            *ranges,
            quota("of-the-team", team.limits),
            quota("to-the-last-bit", {name: counted[name] for name in counted if said(name)}),
        ]
    )
    wait_for("the books to be open", lambda: all(map(is_open, quotas(plane))))
    admitted, refused = created(plane, pods)
    assert (len(admitted), refused) == (len(pods), "")
    wait_for("the books to be kept", lambda: exhausted(plane))
    admitted, refused = created(plane, [pod("one-more", pods[-1]["spec"])])
    assert admitted == []
    assert "exceeded quota: to-the-last-bit" in refused


def at_once(demand: Demand) -> Iterator[Mapping[str, Any]]:
    """As many pods as the workload may have at once, of each of its kinds in turn."""
    return islice(cycle(demand.specs), int(demand.usage["pods"]))


def pod(name: str, spec: Mapping[str, Any]) -> Body:
    """A pod with what is counted of a spec."""
    containers = {
        key: [
            {
                "image": "registry.example.com/any:1",
                **{field: each[field] for field in _COUNTED if field in each},
            }
            for each in spec[key]
        ]
        for key in ("containers", "initContainers")
        if key in spec
    }
    return manifest("v1", "Pod", f"pod-{name}", namespace=TEAM, spec=containers)


_COUNTED = ("name", "resources", "restartPolicy")


def quota(name: str, amounts: Amounts) -> Body:
    hard = {each: shown(each, amount) for each, amount in amounts.items()}
    return manifest("v1", "ResourceQuota", name, namespace=TEAM, spec={"hard": hard})


def quotas(plane: ControlPlane) -> list[Body]:
    found: list[Body] = plane.get("resourcequotas", namespace=TEAM)["items"]
    return found


def is_open(quota: Body) -> bool:
    return bool(quota.get("status", {}).get("hard") == quota["spec"]["hard"])


def exhausted(plane: ControlPlane) -> bool:
    """Whether everything that was counted here has been counted there, to the last bit."""
    [ours] = [each for each in quotas(plane) if each["metadata"]["name"] == "to-the-last-bit"]
    used: bool = ours["status"]["used"] == ours["status"]["hard"]
    return used


def created(plane: ControlPlane, pods: list[Body]) -> tuple[list[str], str]:
    """The pods that are admitted, and what is said of the others."""
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": pods})
    done = plane.try_kubectl("create", "-f", "-", "-o", "name", stdin=text)
    return done.stdout.splitlines(), done.stderr
