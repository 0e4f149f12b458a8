"""A field that an API server does not know, anywhere in an object of the example, is found, and nothing
else is.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from synth.config.environment import Environment
from synth.configuration import configuration
from synth.kit.objects import Body, Resource, group_of
from synth.project import Project
from synth.rules.custom_resources import check_custom_resources
from tests.pruning import unknown
from tests.rules.rendered import OURS
from tests.shared import shared
from tests.test_crds import WITHOUT, crds, objects
from tools.crd_schemas import crds_in

ROOT = Path(__file__).parents[2]


@lru_cache
def environment() -> Environment:
    return configuration(Project(ROOT), ["prod"])["prod"].environment


@lru_cache
def samples() -> list[Body]:
    """The largest custom resource of each kind."""
    found: dict[str, Body] = {}
    for path, body in objects():
        if path.startswith("dist/prod/") and group_of(body["apiVersion"]) not in WITHOUT:
            largest = found.setdefault(body["kind"], body)
            if len(str(body)) > len(str(largest)):
                found[body["kind"]] = body
    return [found[kind] for kind in sorted(found)]


@lru_cache
def schema(file: str, api_version: str, kind: str) -> dict[str, Any]:
    """What a CRD says, as it is."""
    found: dict[str, Any] = next(
        version["schema"]["openAPIV3Schema"]
        for crd in crds_in(shared() / "crds" / file)
        for version in crd["spec"]["versions"]
        if f"{crd['spec']['group']}/{version['name']}" == api_version
        and crd["spec"]["names"]["kind"] == kind
    )
    return found


def places(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every map in an object but in its metadata, where it is."""
    if isinstance(value, dict):
        yield path, value
        for key, item in value.items():
            if path or key != "metadata":
                yield from places(item, f"{path}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, f"{path}.{index}")


def said(body: Body) -> list[str]:
    found = check_custom_resources(environment(), [Resource("models", body, OURS)])
    return [flaw.message for flaw in found]


@given(st.data(), st.text("abcxyz", min_size=1), st.none() | st.integers() | st.just({}))
def test_a_field_that_nobody_knows(data: st.DataObject, name: str, value: Any) -> None:
    body = deepcopy(data.draw(st.sampled_from(samples())))
    path, place = data.draw(st.sampled_from(list(places(body))))
    # The name of no field there is.
    place[f"{name}-"] = value
    crd = schema(crds(body), body["apiVersion"], body["kind"])
    refused = list(unknown(crd, body)) == [f"{path}.{name}-"]
    found = [message for message in said(body) if " has no field " in message]
    where = path.strip(".") or "the object"
    assert [each.partition(": ")[2].partition(":")[0] for each in found] == (
        [f"{where} has no field {name}-"] if refused else []
    )


def test_the_example_has_nothing_of_it() -> None:
    assert [(body["kind"], said(body)) for body in samples() if said(body)] == []
    assert len(samples()) > 15


def test_most_of_the_example_is_closed() -> None:
    """The property above is not about maps that may have anything."""
    kinds = {}
    for sample in samples():
        body = deepcopy(sample)
        for _, place in places(body):
            place["unheard-of"] = 1
        kinds[body["kind"]] = len(said(body))
    assert {kind for kind, found in kinds.items() if found < 2} == {
        "EventBus", "EventSource", "Sensor",
    }  # fmt: skip
