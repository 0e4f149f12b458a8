"""All rules about rendered objects at once, over those that they can read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from synth.config.environment import Environment
from synth.kit.objects import Resource, identity
from synth.rules.capacity.accounts import Account, accounts
from synth.rules.custom_resources import check_custom_resources
from synth.rules.deprecations import check_deprecations
from synth.rules.flaws import Flaw, Rendered
from synth.rules.names import check_names
from synth.rules.pod_security.namespaces import check_pod_security
from synth.rules.rbac import check_rbac
from synth.rules.references import check_references, check_services
from synth.rules.schemas import check_schemas, has_schemas
from synth.rules.workloads import check_workloads

_UNREADABLE = (AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What comes of reading an object that is not of the form that its kind has."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is wrong with the objects of an environment, and what those that can be read may ask for."""

    flaws: Sequence[Flaw]
    accounts: Sequence[Account]


def judge(environment: Environment, rendered: Rendered, unseen: Sequence[str] = ()) -> Judgement:
    """The judgement of everything; `unseen` are applications whose objects are not among these.

    Objects that do not fit their schemas are looked at no further, nor are those, of kinds that have
    no schema here, that no rule can read.
    """
    kubernetes = environment.cluster.kubernetes
    flaws: list[Flaw] = []
    if has_schemas(kubernetes):
        flaws += check_schemas(rendered.resources, kubernetes)
    flaws += check_custom_resources(environment, rendered.resources)
    sound = _without(rendered, [flaw.resource for flaw in flaws if flaw.code != "SC006"])
    try:
        judged = _judged(environment, sound, unseen)
    except _UNREADABLE:
        odd = [each for each in sound.resources if not _readable(environment, each)]
        if not odd:
            raise
        flaws += [Flaw("SC004", each, _ODD) for each in odd]
        judged = _judged(environment, _without(sound, odd), unseen)
    return Judgement([*flaws, *judged.flaws], judged.accounts)


_ODD = "is not of the form that its kind has: compare it with the reference of the kind"


def _judged(environment: Environment, sound: Rendered, unseen: Sequence[str] = ()) -> Judgement:
    flaws = [
        *check_deprecations(sound.resources, environment.cluster.kubernetes),
        *check_references(sound),
        *check_services(sound),
        *check_rbac(sound.resources),
        *check_pod_security(environment, sound),
        *check_workloads(environment, sound),
        *check_names(sound),
    ]
    bodies = [each.body for each in sound.resources]
    return Judgement(flaws, accounts(environment, bodies, unseen))


def _readable(environment: Environment, resource: Resource) -> bool:
    """Whether the rules can read an object alone."""
    try:
        _judged(environment, Rendered([resource], [identity(resource.body)]))
    except _UNREADABLE:
        return False
    return True


def _without(rendered: Rendered, resources: Sequence[Resource]) -> Rendered:
    left_out = set(map(id, resources))
    return Rendered([e for e in rendered.resources if id(e) not in left_out], rendered.known)
