"""In every release and both modes, with either provider, whoever reads one of Kubeflow's Secrets finds it
by the name and the keys that it looks for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from synth.catalog.kubeflow import RELEASES, Credential
from synth.domains.kubeflow import adjusted, kustomization, provided_credentials
from synth.kit.objects import Body
from synth.kit.sealed_secrets import Sealed
from synth.kit.secrets import Provider
from tests.kubeflow.releases import STORE, Upstream
from tests.kubeflow.test_reference import built, in_place
from tests.sealed.examples import body
from tests.shared import kustomize

Read = tuple[str, str, str | None]
"""A namespace, the name of a Secret there, and the key that is read of it; None for all."""


def read(bodies: Iterable[Body]) -> set[Read]:
    """What pods read of Secrets: variables and volumes."""
    return {
        (body["metadata"].get("namespace", ""), name, key)
        for body in bodies
        if body["kind"] != "CustomResourceDefinition"
        for name, key in _read(body)
    }


def _read(value: Any) -> Iterator[tuple[str, str | None]]:
    if isinstance(value, list):
        for item in value:
            yield from _read(item)
    if not isinstance(value, Mapping):
        return
    for key, item in value.items():
        if key == "secretKeyRef":
            yield item["name"], item["key"]
        elif key == "secretRef":
            yield item["name"], None
        elif key == "secret" and isinstance(item, Mapping) and "secretName" in item:
            for each in item.get("items", [{}]):
                yield item["secretName"], each.get("key")
        yield from _read(item)


def brought(bodies: Iterable[Body]) -> dict[tuple[str, str], set[str]]:
    """The keys of Secrets that objects of the providers bring, by namespace and name."""
    found = {}
    for each in bodies:
        namespace, spec = each["metadata"].get("namespace", ""), each.get("spec", {})
        if each["kind"] == "ExternalSecret":
            keys = {entry["secretKey"] for entry in spec["data"]}
            found[namespace, spec["target"]["name"]] = keys
        elif each["kind"] == "SealedSecret":
            found[namespace, each["metadata"]["name"]] = set(spec["encryptedData"])
    return found


@pytest.mark.parametrize("upstream", RELEASES, indirect=True)
@pytest.mark.parametrize("provider", ["externalSecrets", "sealedSecrets"])
@pytest.mark.parametrize("source", ["hydrated", "reference"])
def test_every_consumer_finds_its_secret_by_name_and_key(
    upstream: Upstream, provider: str, source: str, tmp_path: Path
) -> None:
    parts = tuple(upstream.release.components.values())
    hydrated = upstream.parts(*parts)
    made: list[Body] = []
    wanted: dict[tuple[str, str], set[str]] = {}
    for part in parts:
        asked = list(provided_credentials(part, hydrated=source == "hydrated"))
        wanted |= {(each.namespace, each.name): set(each.keys) for each in asked}
        sealed = Sealed({each.path: body(each) for each in asked})
        store: Provider = STORE if provider == "externalSecrets" else sealed
        if source == "hydrated":
            made += adjusted(part, hydrated[part.name], None, store)
        elif asked:
            files = kustomization(upstream.release, part, store=store)
            folder = tmp_path / part.name
            made += built(in_place(files, upstream, folder), folder, kustomize())
    assert brought(made) == wanted
    reading = {each for each in read(made) if each[:2] in wanted}
    assert {each[:2] for each in reading} == wanted.keys(), "each is read by somebody"
    assert {each for each in reading if each[2] and each[2] not in wanted[each[:2]]} == set()
    # Nor does anybody look for one by another name, with the hash of a content that is not there.
    theirs = {c.base_name: c.namespace for part in parts for c in part.credentials}
    names = {each[:2] for each in read(made) if theirs.get(_unhashed(each[1])) == each[0]}
    assert names <= wanted.keys()


def _unhashed(name: str) -> str:
    return Credential("", name, "", ()).base_name
