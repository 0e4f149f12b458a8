"""The API server itself on the table of fields that cannot be changed in place: it refuses each change
that the table names, and accepts others of the same objects.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, NamedTuple

import pytest

from synth.kit.objects import Body, group_of, manifest
from synth.review.immutable import IMMUTABLE, Immutable
from tests.cluster.control_plane import ControlPlane
from tests.shared import shared

NAMESPACE = "changes"
_LABELS = {"app": "web", "tier": "front"}
_POD = {
    "restartPolicy": "Never",
    "containers": [{"name": "web", "image": "registry.example.com/web:1"}],
}
_SERVED = {**_POD, "restartPolicy": "Always"}
_CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "2Gi"}}}
_SELECTED = {"matchLabels": {"app": "web"}}


def _workload(kind: str, **spec: Any) -> Body:
    template = {"metadata": {"labels": _LABELS}, "spec": _SERVED}
    return manifest(
        "apps/v1", kind, "a", spec={"selector": _SELECTED, "template": template, **spec}
    )


def _grafana(kind: str, **spec: Any) -> Body:
    return manifest(
        "grafana.integreatly.org/v1beta1", kind, "a",
        spec={"instanceSelector": {"matchLabels": {"grafana": "a"}}, **spec},
    )  # fmt: skip


_RULE = {
    "uid": "a", "title": "a", "condition": "A", "for": "5m", "noDataState": "NoData",
    "execErrState": "Error", "data": [{"refId": "A"}],
}  # fmt: skip
_ROLE = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
_OBJECT = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
OBJECTS: Mapping[str, Body] = {
    "Deployment": _workload("Deployment"),
    "DaemonSet": _workload("DaemonSet"),
    "StatefulSet": _workload(
        "StatefulSet", serviceName="a", podManagementPolicy="OrderedReady",
        volumeClaimTemplates=[manifest("v1", "PersistentVolumeClaim", "data", spec=_CLAIM)],
    ),
    "Job": manifest(
        "batch/v1", "Job", "a",
        spec={
            "manualSelector": True,
            "selector": _SELECTED,
            "completions": 1,
            "completionMode": "NonIndexed",
            "template": {"metadata": {"labels": _LABELS}, "spec": _POD},
        },
    ),
    "Service": manifest("v1", "Service", "a", spec={"clusterIP": "10.96.7.7", "ports": [{"port": 80}]}),
    "PersistentVolumeClaim": manifest(
        "v1", "PersistentVolumeClaim", "a",
        spec={
            **_CLAIM,
            "selector": _SELECTED,
            "storageClassName": "slow",
            "volumeMode": "Filesystem",
        },
    ),
    "Secret": manifest("v1", "Secret", "a", type="example.com/a"),
    "RoleBinding": manifest("rbac.authorization.k8s.io/v1", "RoleBinding", "a", roleRef=_ROLE),
    "ClusterRoleBinding": manifest(
        "rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "a", roleRef=_ROLE
    ),
    "StorageClass": manifest(
        "storage.k8s.io/v1", "StorageClass", "a", provisioner="example.com/a",
        parameters={"kind": "slow"}, reclaimPolicy="Delete", volumeBindingMode="Immediate",
    ),
    "PriorityClass": manifest(
        "scheduling.k8s.io/v1", "PriorityClass", "a", value=7,
        preemptionPolicy="PreemptLowerPriority",
    ),
    "CustomResourceDefinition": manifest(
        "apiextensions.k8s.io/v1", "CustomResourceDefinition", "things.example.com",
        spec={
            "group": "example.com",
            "scope": "Namespaced",
            "names": {"kind": "Thing", "plural": "things"},
            "versions": [
                {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": _OBJECT}}
            ],
        },
    ),
    "GrafanaFolder": _grafana("GrafanaFolder", uid="a"),
    "GrafanaDashboard": _grafana("GrafanaDashboard", uid="a"),
    "GrafanaDatasource": _grafana("GrafanaDatasource", uid="a", datasource={"name": "a"}),
    "GrafanaAlertRuleGroup": _grafana(
        "GrafanaAlertRuleGroup", interval="1m", rules=[_RULE], folderUID="a", editable=True
    ),
    "GrafanaContactPoint": _grafana("GrafanaContactPoint", name="a", uid="a", editable=True),
    "GrafanaNotificationPolicy": _grafana(
        "GrafanaNotificationPolicy", route={"receiver": "a"}, editable=True
    ),
    "GrafanaMuteTiming": _grafana(
        "GrafanaMuteTiming", name="a", time_intervals=[{"years": ["2027"]}], editable=True
    ),
}  # fmt: skip
"""An object of each kind, as the API server may have it."""
_NO_NAMESPACE = ("ClusterRoleBinding", "CustomResourceDefinition", "PriorityClass", "StorageClass")


class Change(NamedTuple):
    """A field's other value; `before` is set first where the object does not have it, `without` are
    fields that it cannot have beside it.
    """

    after: Any
    before: Any = None
    without: tuple[str, ...] = ()


_OTHER_LABELS = {"matchLabels": {"tier": "front"}}
_OTHER_GRAFANA = {"matchLabels": {"grafana": "b"}}
_SOURCE = {"kind": "PersistentVolumeClaim", "name": "old"}
CHANGES: Mapping[tuple[str, str], Change] = {
    ("Deployment", "spec.selector"): Change(_OTHER_LABELS),
    ("DaemonSet", "spec.selector"): Change(_OTHER_LABELS),
    ("StatefulSet", "spec.selector"): Change(_OTHER_LABELS),
    ("StatefulSet", "spec.serviceName"): Change("b"),
    ("StatefulSet", "spec.podManagementPolicy"): Change("Parallel"),
    ("StatefulSet", "spec.volumeClaimTemplates"): Change([]),
    ("Job", "spec.selector"): Change(_OTHER_LABELS),
    ("Job", "spec.template.spec.containers.0.image"): Change("registry.example.com/web:2"),
    ("Job", "spec.completionMode"): Change("Indexed"),
    ("Job", "spec.podFailurePolicy"): Change(
        {"rules": [{"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}}]}
    ),
    ("Service", "spec.clusterIP"): Change("10.96.7.8"),
    ("PersistentVolumeClaim", "spec.accessModes"): Change(["ReadOnlyMany"]),
    ("PersistentVolumeClaim", "spec.selector"): Change(_OTHER_LABELS),
    ("PersistentVolumeClaim", "spec.storageClassName"): Change("fast"),
    ("PersistentVolumeClaim", "spec.volumeMode"): Change("Block"),
    ("PersistentVolumeClaim", "spec.volumeName"): Change("b", "a"),
    ("PersistentVolumeClaim", "spec.dataSource"): Change(
        {**_SOURCE, "name": "older"}, _SOURCE, ("spec.selector",)
    ),
    ("PersistentVolumeClaim", "spec.resources.requests.storage"): Change("1Gi"),
    ("Secret", "type"): Change("example.com/b"),
    ("RoleBinding", "roleRef"): Change({**_ROLE, "name": "edit"}),
    ("ClusterRoleBinding", "roleRef"): Change({**_ROLE, "name": "edit"}),
    ("StorageClass", "provisioner"): Change("example.com/b"),
    ("StorageClass", "parameters"): Change({"kind": "fast"}),
    ("StorageClass", "reclaimPolicy"): Change("Retain"),
    ("StorageClass", "volumeBindingMode"): Change("WaitForFirstConsumer"),
    ("PriorityClass", "value"): Change(8),
    ("PriorityClass", "preemptionPolicy"): Change("Never"),
    ("CustomResourceDefinition", "spec.scope"): Change("Cluster"),
    ("CustomResourceDefinition", "spec.group"): Change("example.org"),
    ("CustomResourceDefinition", "spec.names.kind"): Change("Other"),
    ("CustomResourceDefinition", "spec.names.plural"): Change("others"),
    ("GrafanaAlertRuleGroup", "spec.folderRef"): Change("b", "a", ("spec.folderUID",)),
    ("GrafanaAlertRuleGroup", "spec.folderUID"): Change("b"),
    ("GrafanaContactPoint", "spec.name"): Change("b"),
    **{
        (kind, "spec.uid"): Change("b")
        for kind in ("GrafanaFolder", "GrafanaDashboard", "GrafanaDatasource", "GrafanaContactPoint")
    },
    **{
        (kind, "spec.editable"): Change(False)
        for kind in (
            "GrafanaAlertRuleGroup", "GrafanaContactPoint", "GrafanaNotificationPolicy",
            "GrafanaMuteTiming",
        )
    },
    **{(kind, "spec.instanceSelector"): Change(_OTHER_GRAFANA) for kind in OBJECTS if "Grafana" in kind},
}  # fmt: skip
"""A change of each field that the table names, by kind and the place that changes."""
ELSEWHERE = {
    ("KafkaSource", "spec.consumerGroup"),
    ("KafkaTopic", "spec.partitions"),
    ("Elasticsearch", "spec.nodeSets.*.volumeClaimTemplates"),
}
"""What a webhook or an operator refuses: the API server alone takes it."""
FREE: Mapping[tuple[str, str], Any] = {
    ("Deployment", "spec.template.spec.containers.0.image"): "registry.example.com/web:2",
    ("Deployment", "spec.replicas"): 2,
    ("DaemonSet", "spec.template.spec.containers.0.image"): "registry.example.com/web:2",
    ("StatefulSet", "spec.replicas"): 2,
    ("StatefulSet", "spec.template.spec.containers.0.image"): "registry.example.com/web:2",
    ("StatefulSet", "spec.minReadySeconds"): 5,
    ("Job", "spec.parallelism"): 2,
    ("Job", "spec.ttlSecondsAfterFinished"): 60,
    ("Service", "spec.type"): "NodePort",
    ("Service", "spec.ports.0.port"): 81,
    ("Service", "spec.selector"): {"app": "web"},
    ("Secret", "stringData"): {"a": "b"},
    ("RoleBinding", "subjects"): [
        {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "a"}
    ],
    ("StorageClass", "allowVolumeExpansion"): True,
    ("PriorityClass", "description"): "a",
    ("GrafanaFolder", "spec.title"): "b",
    ("GrafanaAlertRuleGroup", "spec.interval"): "2m",
    ("GrafanaContactPoint", "spec.resyncPeriod"): "20m",
    ("GrafanaMuteTiming", "spec.time_intervals.0.years"): ["2028"],
}
"""Changes of the same objects that the table does not name."""


def test_every_field_of_the_table_is_changed_here() -> None:
    named = {(row.kind, ".".join(row.path)) for row in IMMUTABLE} - ELSEWHERE
    assert {
        (_row(kind, path).kind, ".".join(_row(kind, path).path)) for kind, path in CHANGES
    } == named
    assert all(_rows(kind, path) == [] for kind, path in FREE)


@pytest.fixture(scope="module")
def changing(plane: ControlPlane) -> ControlPlane:
    plane.install_crds(shared() / "crds/grafana-operator-5.24.0.yaml")
    plane.apply([manifest("v1", "Namespace", NAMESPACE)])
    return plane


@pytest.mark.parametrize(("kind", "path"), CHANGES)
def test_the_api_server_refuses_it(changing: ControlPlane, kind: str, path: str) -> None:
    change = CHANGES[kind, path]
    before = _made(changing, kind, path, change)
    said = _changed(changing, _set(before, path, change.after))
    assert any(
        word in said
        for word in ("immutable", "Forbidden", "may not", "must be equal", "cannot change")
    ), said


@pytest.mark.parametrize(("kind", "path"), FREE)
def test_the_api_server_accepts_others(changing: ControlPlane, kind: str, path: str) -> None:
    before = _made(changing, kind, path, Change(FREE[kind, path]))
    assert _changed(changing, _set(before, path, FREE[kind, path])) == ""


def _rows(kind: str, path: str) -> list[Immutable]:
    parts = tuple(path.split("."))
    return [row for row in IMMUTABLE if row.kind == kind and parts[: len(row.path)] == row.path]


def _row(kind: str, path: str) -> Immutable:
    [row] = _rows(kind, path)
    return row


def _made(plane: ControlPlane, kind: str, path: str, change: Change) -> Body:
    """The object as it is before, made anew: one that is being deleted would refuse other things."""
    body = deepcopy(OBJECTS[kind])
    for each in change.without:
        body = _set(body, each, None)
    if change.before is not None:
        body = _set(body, path, change.before)
    if kind not in _NO_NAMESPACE:
        body["metadata"]["namespace"] = NAMESPACE
    assert group_of(body["apiVersion"]) == _group(kind)
    plane.try_kubectl(
        "delete", "--ignore-not-found", "--wait=true", "--grace-period=0", "--force",
        "-f", "-", stdin=json.dumps(body),
    )  # fmt: skip
    plane.apply([body])
    if kind == "CustomResourceDefinition":
        plane.kubectl("wait", "--for=condition=Established", f"crd/{body['metadata']['name']}")
    return body


def _group(kind: str) -> str:
    return next(row.group for row in IMMUTABLE if row.kind == kind)


def _changed(plane: ControlPlane, body: Body) -> str:
    """What the API server has against the object as it is to be; nothing is kept."""
    done = plane.try_kubectl(
        "apply", "--server-side", "--dry-run=server", "--force-conflicts", "--validate=strict",
        "-f", "-", stdin=json.dumps(body),
    )  # fmt: skip
    return done.stderr if done.returncode else ""


def _set(body: Body, path: str, value: Any) -> Body:
    """The object with another value at a path; None takes it out."""
    result = deepcopy(body)
    *above, last = path.split(".")
    node: Any = result
    for part in above:
        node = node[int(part)] if isinstance(node, list) else node.setdefault(part, {})
    if value is None:
        node.pop(last, None)
    else:
        node[int(last) if isinstance(node, list) else last] = value
    return result
