"""Roles that permit more than they name, and who has them.

Source: kubernetes/kubernetes plugin/pkg/auth/authorizer/rbac and pkg/registry/rbac/escalation_check.go,
v1.34.4.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from synth.kit.objects import Identity, Resource, identity
from synth.kit.rbac import Permission, in_words, permissions, who
from synth.rules.flaws import Flaw

_ROLES = frozenset({"Role", "ClusterRole"})
_BINDINGS = frozenset({"RoleBinding", "ClusterRoleBinding"})
_ESCALATING = frozenset({"bind", "escalate", "impersonate"})
_SECRETS = frozenset({"secrets", "secrets.*", "*", "*.*"})
_READING = frozenset({"get", "list", "watch", "*"})
_ANYBODY = frozenset({"system:anonymous", "system:authenticated", "system:unauthenticated"})


def check_rbac(resources: Sequence[Resource]) -> Iterator[Flaw]:
    """Wildcards, rights that give any other, cluster-admin, all Secrets of the cluster, and rights
    of people that nobody knows.
    """
    roles = {identity(each.body): each for each in resources if _is(each, _ROLES)}
    for each in roles.values():
        yield from _role(each)
    for each in resources:
        if _is(each, _BINDINGS):
            yield from _binding(each, roles)


def _is(resource: Resource, kinds: Iterable[str]) -> bool:
    body = resource.body
    return body["kind"] in kinds and body["apiVersion"].startswith("rbac.authorization.k8s.io/")


def _role(role: Resource) -> Iterator[Flaw]:
    given = permissions(role.body)
    wide = {each for each in given if each.wide}
    if wide:
        yield Flaw("RB001", role, f"permits {in_words(wide)}: name the resources and verbs")
    escalating = {each for each in given - wide if each.verb in _ESCALATING and not each.name}
    if escalating:
        yield Flaw(
            "RB002", role,
            f"permits {in_words(escalating)}, and so any right there is: name the objects "
            "(resourceNames), or take it out",
        )  # fmt: skip


def _binding(binding: Resource, roles: Mapping[Identity, Resource]) -> Iterator[Flaw]:
    reference = binding.body["roleRef"]
    subjects = binding.body.get("subjects") or []
    some = ", ".join(map(who, subjects)) or "nobody yet"
    if (reference["kind"], reference["name"]) == ("ClusterRole", "cluster-admin"):
        yield Flaw(
            "RB003", binding,
            f"makes {some} cluster-admin: bind a role that names what is needed",
        )  # fmt: skip
    role = _role_of(binding, roles)
    if role and binding.body["kind"] == "ClusterRoleBinding" and _reads_secrets(role):
        yield Flaw(
            "RB004", binding,
            f"lets {some} read every Secret of the cluster ({identity(role.body)}): bind the role in "
            "the namespaces that need it, or name the Secrets (resourceNames)",
        )  # fmt: skip
    anybody = [who(each) for each in subjects if each["name"] in _ANYBODY]
    if anybody:
        yield Flaw(
            "RB005", binding,
            f"gives {reference['name']} to {', '.join(anybody)}: name who needs it",
        )  # fmt: skip


def _role_of(binding: Resource, roles: Mapping[Identity, Resource]) -> Resource | None:
    """The role itself, where it is rendered too."""
    reference = binding.body["roleRef"]
    namespace = binding.body["metadata"]["namespace"] if reference["kind"] == "Role" else ""
    group = reference.get("apiGroup", "rbac.authorization.k8s.io")
    return roles.get(Identity(group, reference["kind"], namespace, reference["name"]))


def _reads_secrets(role: Resource) -> bool:
    return any(map(_reads_any_secret, permissions(role.body)))


def _reads_any_secret(given: Permission) -> bool:
    return given.resource in _SECRETS and given.verb in _READING and not given.name
