"""Who may do more than before, and who may connect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from synth.kit.rbac import in_words, permissions, who
from synth.review import words
from synth.review.comparison import Change
from synth.review.risks.surroundings import (
    Found,
    Surroundings,
    goes,
    stays_behind,
)

_ESCALATING = frozenset({"bind", "escalate", "impersonate"})
_OPEN = frozenset({"LoadBalancer", "NodePort"})
_LEVELS = ("privileged", "baseline", "restricted")
_ENFORCE = "pod-security.kubernetes.io/enforce"
_POWERS = frozenset({"privileged", "allowPrivilegeEscalation", "hostNetwork", "hostPID", "hostIPC"})
_LIMITS = frozenset({"runAsNonRoot", "readOnlyRootFilesystem"})


def rights(change: Change, _: Surroundings) -> Iterator[Found]:
    if change.object.kind not in ("Role", "ClusterRole") or change.after is None:
        return
    more = sorted(permissions(change.after) - permissions(change.before or {}))
    wide = [each for each in more if each.wide or each.verb in _ESCALATING]
    if wide:
        yield (
            "DF010",
            f"may {in_words(wide)}",
            "name the resources and verbs that it needs",
        )
    elif more and change.before:
        yield (
            "DF011",
            f"may {in_words(more)}",
            "see that whoever has this role needs it",
        )


def bindings(change: Change, _: Surroundings) -> Iterator[Found]:
    if change.object.kind not in ("RoleBinding", "ClusterRoleBinding") or change.after is None:
        return
    role = change.after.get("roleRef", {}).get("name", "")
    before = {who(each) for each in (change.before or {}).get("subjects") or ()}
    more = sorted({who(each) for each in change.after.get("subjects") or ()} - before)
    if more and role == "cluster-admin":
        yield (
            "DF010",
            f"{words.some(more)} may do everything in the cluster",
            "give a role that names what is needed",
        )
    elif more and change.before:
        yield "DF011", f"{words.some(more)} may do what {role} may", "see that they need it"


def network(change: Change, surroundings: Surroundings) -> Iterator[Found]:
    kind, out = change.object.kind, "see that whoever may connect now is meant to"
    if kind in ("NetworkPolicy", "AuthorizationPolicy") and goes(change):
        allows = (change.before or {}).get("spec", {}).get("action", "ALLOW") == "ALLOW"
        if not stays_behind(change, surroundings) and _opens(change, surroundings):
            yield (
                "DF012",
                f"without this {kind} {'more' if allows else 'what it denied'} may connect",
                out,
            )
    elif kind == "NetworkPolicy" and change.what == "changed":
        if _widened(change, ("ingress", "egress")):
            yield "DF012", "more may connect than before", out
    elif kind == "AuthorizationPolicy" and change.what == "changed":
        if _widened(change, ("rules",)) and change.body.get("spec", {}).get("action") != "DENY":
            yield "DF012", "more requests are allowed than before", out
    elif kind == "PeerAuthentication" and change.after:
        mode = change.after.get("spec", {}).get("mtls", {}).get("mode", "")
        was = (change.before or {}).get("spec", {}).get("mtls", {}).get("mode", "")
        if mode in ("PERMISSIVE", "DISABLE") and was != mode:
            yield "DF012", f"clients outside the mesh may connect in the clear ({mode})", out
    elif kind == "Service" and change.after:
        type = change.after.get("spec", {}).get("type", "")
        if type in _OPEN and (change.before or {}).get("spec", {}).get("type") != type:
            yield "DF012", f"it is reached from outside the cluster ({type})", out


def _opens(change: Change, surroundings: Surroundings) -> bool:
    """Whether what a policy selects is left to anybody: where what it protects goes too, nothing
    is; without policies that allow, Kubernetes and Istio let everybody in.
    """
    return any(
        body.get("metadata", {}).get("namespace", "") == change.object.namespace
        for body in surroundings.holding(change.environment, change.object.namespace)
    )


def _widened(change: Change, keys: Sequence[str]) -> bool:
    """Whether rules, or parts of one, come in; a rule that names less lets more through."""
    return any(
        each.path[:2] in {("spec", key) for key in keys}
        and (
            each.before is None
            or (each.after is None and len(each.path) > 3)
            or (isinstance(each.after, list) and {*map(str, each.after)} - {*map(str, each.before)})
        )
        for each in change.fields
    )


def pod_security(change: Change, _: Surroundings) -> Iterator[Found]:
    if change.after is None or change.before is None:
        return
    for each in change.fields:
        last = each.path[-1]
        if each.path == ("metadata", "labels", _ENFORCE) and _level(each.after) < _level(
            each.before
        ):
            yield (
                "DF013",
                f"Pod Security {each.before} → {each.after or 'none'}",
                "keep the level, and give the pods that need more a namespace of their own",
            )
        elif (last in _POWERS and each.after is True) or (last in _LIMITS and each.before is True):
            yield (
                "DF013",
                f"{last} {words.becomes(each.before, each.after)}",
                "take it back unless the program cannot do without",
            )


def _level(value: Any) -> int:
    return _LEVELS.index(value) if value in _LEVELS else 0
