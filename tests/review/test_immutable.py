"""The table of fields that cannot be changed in place; each row refuses what it is for."""

from __future__ import annotations

from typing import Any

import pytest

from synth.kit.objects import Body, Identity
from synth.review.immutable import IMMUTABLE, Immutable, refused
from synth.review.values import differences

NAMES = [f"{row.kind}: {'.'.join(row.path)}" for row in IMMUTABLE]


def holding(row: Immutable, value: Any) -> Body:
    """An object of the row's kind with this value in its field, in an entry called `a` for `*`."""
    for part in reversed(row.path):
        value = [{"name": "a", **value}] if part == "*" else {part: value}
    return {"metadata": {}, **value}


def said(row: Immutable, before: Any, after: Any, body: Body | None = None) -> list[Immutable]:
    this = Identity(row.group, row.kind, "nlp", "a")
    fields = differences(holding(row, before), holding(row, after))
    found = [refused(this, body or holding(row, after), field) for field in fields]
    return [each for each in found if each]


@pytest.mark.parametrize("row", IMMUTABLE, ids=NAMES)
def test_a_change_is_refused(row: Immutable) -> None:
    assert said(row, "20", "10") == [row]
    assert row.source
    assert "{" not in row.way_out.format(delete="kubectl delete …")


@pytest.mark.parametrize("row", IMMUTABLE, ids=NAMES)
def test_what_argo_cd_makes_anew_is_not(row: Immutable) -> None:
    for said_to in (
        {"argocd.argoproj.io/hook": "PostSync"},
        {"argocd.argoproj.io/sync-options": "Force=true,Replace=true"},
    ):
        body = {**holding(row, "10"), "metadata": {"annotations": said_to}}
        assert said(row, "20", "10", body) == []


def test_every_field_is_there_once() -> None:
    fields = [row[:3] for row in IMMUTABLE]
    assert len(fields) == len({*fields})


@pytest.mark.parametrize(
    ("group", "kind", "path", "before", "after"),
    [
        ("apps", "Deployment", ("spec", "template", "a"), "1", "2"),
        ("apps", "StatefulSet", ("spec", "replicas"), 1, 2),
        ("apps", "StatefulSet", ("spec", "updateStrategy", "type"), "a", "b"),
        ("batch", "Job", ("spec", "parallelism"), 1, 2),
        ("", "Service", ("spec", "clusterIP"), None, "10.0.0.1"),
        ("", "Service", ("spec", "type"), "ClusterIP", "NodePort"),
        ("", "PersistentVolumeClaim", ("spec", "resources", "requests", "storage"), "1Gi", "2Gi"),
        ("kafka.strimzi.io", "KafkaTopic", ("spec", "partitions"), 3, 6),
        ("rbac.authorization.k8s.io", "RoleBinding", ("subjects",), [], [{"kind": "User"}]),
        ("sources.knative.dev", "KafkaSource", ("spec", "consumers"), 1, 2),
    ],
)
def test_other_changes_are_accepted(
    group: str, kind: str, path: tuple[str, ...], before: Any, after: Any
) -> None:
    row = Immutable(group, kind, path, "", "")
    assert said(row, before, after) == []
