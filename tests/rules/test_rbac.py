"""Roles that permit more than they name, and who has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from synth.kit.objects import Body, manifest
from synth.rules.findings import Finding
from tests.rules.rendered import error, findings

API = "rbac.authorization.k8s.io/v1"


def role(*rules: Body, kind: str = "Role") -> Body:
    namespace = "nlp" if kind == "Role" else ""
    return manifest(API, kind, "training", namespace=namespace, rules=list(rules))


def rule(verbs: Sequence[str], *resources: str, group: str = "", **more: Any) -> Body:
    return {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs), **more}


def binding(
    name: str = "training",
    kind: str = "ClusterRole",
    of: str = "ClusterRoleBinding",
    subjects: Sequence[Body] = (
        {"kind": "ServiceAccount", "namespace": "nlp", "name": "training"},
    ),
) -> Body:
    return manifest(
        API,
        of,
        "training",
        namespace="nlp" if of == "RoleBinding" else "",
        roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name},
        subjects=list(subjects),
    )


def said(code: str, object_: str, message: str) -> Finding:
    kind, _, name = object_.partition(" ")
    return error(code, f"{kind}.rbac.authorization.k8s.io {name}", message)


ROLE = "Role nlp/training"
CLUSTER = "ClusterRoleBinding training"


@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        (
            rule(["*"], "pods"), rule(["get", "list"], "pods"),
            "permits * pods: name the resources and verbs",
        ),
        (
            rule(["get"], "*", group="apps"), rule(["get"], "deployments", group="apps"),
            "permits get *.apps: name the resources and verbs",
        ),
        (
            rule(["get"], "deployments", group="*"), rule(["get"], "deployments", group="apps"),
            "permits get deployments.*: name the resources and verbs",
        ),
        (
            {"nonResourceURLs": ["*"], "verbs": ["get"]},
            {"nonResourceURLs": ["/metrics"], "verbs": ["get"]},
            "permits get *: name the resources and verbs",
        ),
    ],
)  # fmt: skip
def test_a_wildcard(wrong: Body, right: Body, message: str) -> None:
    assert findings(role(wrong)) == [said("RB001", ROLE, message)]
    assert findings(role(right)) == []


def test_rights_that_give_any_other() -> None:
    group = "rbac.authorization.k8s.io"
    named = rule(["bind"], "clusterroles", group=group, resourceNames=["kubeflow-edit"])
    assert findings(role(named)) == []
    wrong = (
        rule(["bind", "get"], "roles", group=group),
        rule(["impersonate"], "users"),
    )
    assert findings(role(*wrong)) == [
        said(
            "RB002", ROLE,
            "permits bind roles.rbac.authorization.k8s.io; impersonate users, and so any right there "
            "is: name the objects (resourceNames), or take it out",
        )
    ]  # fmt: skip


@pytest.mark.parametrize("of", ["ClusterRoleBinding", "RoleBinding"])
def test_cluster_admin(of: str) -> None:
    where = "nlp/training" if of == "RoleBinding" else "training"
    assert findings(binding("cluster-admin", of=of)) == [
        said(
            "RB003", f"{of} {where}",
            "makes ServiceAccount nlp/training cluster-admin: bind a role that names what is needed",
        )
    ]  # fmt: skip
    assert findings(binding("view", of=of)) == []


@pytest.mark.parametrize("verb", ["get", "list", "watch"])
def test_every_secret_of_the_cluster(verb: str) -> None:
    reading = role(rule([verb], "pods", "secrets"), kind="ClusterRole")
    assert findings(reading, binding()) == [
        said(
            "RB004", CLUSTER,
            "lets ServiceAccount nlp/training read every Secret of the cluster "
            "(ClusterRole.rbac.authorization.k8s.io training): bind the role in the namespaces that "
            "need it, or name the Secrets (resourceNames)",
        )
    ]  # fmt: skip
    assert findings(reading, binding(of="RoleBinding")) == []
    one = rule([verb], "secrets", resourceNames=["webhook"])
    assert findings(role(one, kind="ClusterRole"), binding()) == []
    writing = rule(["create"], "secrets")
    assert findings(role(writing, kind="ClusterRole"), binding()) == []


def test_a_wildcard_reads_secrets_too() -> None:
    everything = role(rule(["*"], "*", group="*"), kind="ClusterRole")
    assert [each.code for each in findings(everything, binding())] == ["RB001", "RB004"]


@pytest.mark.parametrize("group", ["system:authenticated", "system:unauthenticated"])
def test_people_that_nobody_knows(group: str) -> None:
    anybody = {"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": group}
    assert findings(binding("view", subjects=[anybody])) == [
        said("RB005", CLUSTER, f"gives view to Group {group}: name who needs it")
    ]
    known = {**anybody, "name": "ml-engineers"}
    assert findings(binding("view", subjects=[known])) == []


def test_a_binding_of_a_role_in_its_namespace() -> None:
    reading = role(rule(["get"], "secrets"))
    assert findings(reading, binding(kind="Role", of="RoleBinding")) == []
