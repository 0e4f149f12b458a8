"""The API server itself on names, labels and annotations: it refuses what `synth validate` does, and
nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from synth.kit.objects import Body, Origin, Resource, identity, manifest
from synth.rules.flaws import Rendered
from synth.rules.names import check_names
from tests.cluster.control_plane import ControlPlane

_FORMS = (
    "a", "a-b", "a.b", "a..b", "a.-b", "-a", "a-", "A", "a_b", "8ball", "8", "a/b", "a%b", "..", ".",
    "system:a", "a b", "größe",
)  # fmt: skip
_LENGTHS = (52, 53, 63, 64, 253, 254)
_POD = {
    "restartPolicy": "Never",
    "containers": [{"name": "a", "image": "registry.example.com/a:1"}],
}
_TEMPLATE = {"metadata": {"labels": {"app": "a"}}, "spec": _POD}
_ALWAYS = {**_TEMPLATE, "spec": {**_POD, "restartPolicy": "Always"}}
_SELECTED = {"selector": {"matchLabels": {"app": "a"}}, "template": _ALWAYS}
_ROLE = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
KINDS: dict[str, Body] = {
    "v1 ConfigMap": {},
    "v1 Secret": {},
    "v1 Namespace": {},
    "v1 ServiceAccount": {},
    "v1 Service": {"spec": {"ports": [{"port": 80}]}},
    "apps/v1 Deployment": {"spec": _SELECTED},
    "apps/v1 StatefulSet": {"spec": {**_SELECTED, "serviceName": "a"}},
    "batch/v1 Job": {"spec": {"template": _TEMPLATE}},
    "batch/v1 CronJob": {
        "spec": {"schedule": "0 * * * *", "jobTemplate": {"spec": {"template": _TEMPLATE}}}
    },
    "networking.k8s.io/v1 NetworkPolicy": {"spec": {"podSelector": {}}},
    "rbac.authorization.k8s.io/v1 Role": {},
    "rbac.authorization.k8s.io/v1 RoleBinding": {"roleRef": _ROLE},
    "rbac.authorization.k8s.io/v1 ClusterRole": {},
    "rbac.authorization.k8s.io/v1 ClusterRoleBinding": {"roleRef": _ROLE},
}
_NO_NAMESPACE = ("Namespace", "ClusterRole", "ClusterRoleBinding")
_KEYS = (
    "a", "A", "a.b", "a_b", "a-b", "-a", "a-", "a b", "", "/a", "a/", "a/b", "a/b/c", "A/b", "a.b/C",
    "a" * 63, "a" * 64, f"a/{'b' * 63}", f"a/{'b' * 64}", "größe", "7", "_a", "a_",
)  # fmt: skip
_VALUES = (
    "", "a", "A", "a.b", "a_b", "a-b", "-a", "a-", "a b", "a/b", "a:b", "7", "a" * 63, "a" * 64, "ß",
)  # fmt: skip


def named() -> Iterator[Body]:
    for each, content in KINDS.items():
        api_version, kind = each.split()
        for name in (*_FORMS, *("a" * length for length in _LENGTHS)):
            namespace = "" if kind in _NO_NAMESPACE else "default"
            yield manifest(api_version, kind, name, namespace=namespace, **content)


def marked() -> Iterator[Body]:
    for where, marks in (
        *(("labels", {key: "a"}) for key in _KEYS),
        *(("annotations", {key: "a"}) for key in _KEYS),
        *(("labels", {"a": value}) for value in _VALUES),
        *(("annotations", {"a": "x" * (256 * 1024 - 1 + more)}) for more in (0, 1)),
    ):
        body = manifest("v1", "ConfigMap", "a", namespace="default")
        body["metadata"][where] = marks
        yield body


def refused(plane: ControlPlane, bodies: Sequence[Body]) -> list[bool]:
    """Of each object whether the API server refuses it. They are told apart by number; nothing is kept."""
    marked = [
        {**body, "metadata": {**body["metadata"], "labels": {"number": str(i), **labels(body)}}}
        for i, body in enumerate(bodies)
    ]
    done = plane.try_kubectl(
        "create", "--dry-run=server", "--validate=false", "-f", "-",
        "-o", "jsonpath={.metadata.labels.number}{'\\n'}",
        stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": marked}),
    )  # fmt: skip
    taken = {int(number) for number in done.stdout.split()}
    assert done.stderr.count(" is invalid: ") == len(bodies) - len(taken), done.stderr[:2000]
    return [i not in taken for i in range(len(bodies))]


def labels(body: Body) -> dict[str, str]:
    return dict(body["metadata"].get("labels", {}))


def ours(body: Body) -> bool:
    resource = Resource("models", body, Origin("", ""))
    return bool(list(check_names(Rendered([resource], [identity(body)]))))


def test_names(plane: ControlPlane) -> None:
    bodies = list(named())
    verdicts = zip(bodies, refused(plane, bodies), strict=True)
    differently = [
        (body["kind"], body["metadata"]["name"])
        for body, verdict in verdicts
        if verdict != ours(body)
    ]
    assert differently == [
        ("StatefulSet", "a" * 53),
        ("StatefulSet", "a" * 63),
    ], "its controller cannot label the pods of a name beyond 52 characters"


def test_labels_and_annotations(plane: ControlPlane) -> None:
    bodies = list(marked())
    verdicts = zip(bodies, refused(plane, bodies), strict=True)
    assert [body["metadata"] for body, verdict in verdicts if verdict != ours(body)] == []
