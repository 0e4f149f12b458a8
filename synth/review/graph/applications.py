"""Which application waits for which: for the definitions of its kinds, for namespaces, for what its
objects name, for webhooks that look at them.

What Argo CD builds itself is known by its identities alone: what its objects name, and what its webhooks
look at, is not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from synth.kit.application import application_name
from synth.kit.objects import Identity, Resource, identity, plurals
from synth.kit.references import Named, provided, references
from synth.review.graph.objects import Objects
from synth.review.graph.picture import Arrow, Box, Kind, Line, Picture
from synth.review.graph.ranks import ranks, without_circles
from synth.review.words import some

_WAVE = "argocd.argoproj.io/sync-wave"
_KUBEFLOW = "kubeflow-"
_WEBHOOKS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
_AT_START = {"machinelearning.seldon.io": f"{_KUBEFLOW}seldon"}
"""Groups whose kinds are defined by a program when it starts, and the application that it is in.

Source: kubeflow/manifests contrib/seldon at v1.8.1 and v1.9.1 (MANAGER_CREATE_RESOURCES).
"""
_EVERYWHERE = frozenset({Named("ServiceAccount", "default")})
_ABOUT = (
    "Applications by wave. An arrow leads from what has to be there to what needs kinds, namespaces, "
    "objects or webhooks of it."
)
_AGAINST = " Dashed: it comes in a later wave, and whoever needs it tries again until it is there."
Owned = Iterable[tuple[str, Identity]]
"""Every object of an environment, with its application."""


class Wait(NamedTuple):
    """An application that others come after, by what they need of it."""

    application: str
    needs: str
    what: tuple[str, ...]


def waits(objects: Objects, owned: Owned) -> list[Wait]:
    """Every wait of one application for another, each with all that is needed."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    owned = list(owned)
    for application, needed, what in (
        *_definitions(owned),
        *_namespaces(objects, owned),
        *_names(objects, owned),
        *_webhooks(objects, owned),
    ):
        if application != needed:
            found[application, needed].add(what)
    return [Wait(*pair, tuple(sorted(what))) for pair, what in sorted(found.items())]


def in_waves(objects: Objects, owned: Owned) -> Picture:
    """The applications in columns by wave. What follows from other waits is not drawn, and those that
    wait for the same, and that the same wait for, share a box.
    """
    owned = list(owned)
    applications = _waves(objects)
    every = waits(objects, owned)
    drawn = _direct([(each.needs, each.application) for each in every])
    drawn = {pair for pair in drawn if {*pair} <= applications.keys()}
    places = _places(applications, drawn)
    columns = sorted({*places.values()})
    groups = _groups(applications, drawn)
    of = {name: group[0] for group in groups for name in group}
    reasons: dict[tuple[str, str], list[str]] = defaultdict(list)
    for each in every:
        if (each.needs, each.application) in drawn:
            said = f"{each.application} waits for {each.needs}: {some(each.what)}"
            reasons[of[each.needs], of[each.application]].append(said)
    arrows = tuple(
        Arrow(source, target, "", "; ".join(said), returns=places[source] > places[target])
        for (source, target), said in sorted(reasons.items())
    )
    return Picture(
        f"What waits for what in {objects.environment}",
        _ABOUT + (_AGAINST if any(arrow.returns for arrow in arrows) else ""),
        tuple(_box(group, objects, columns.index(places[group[0]])) for group in groups),
        arrows,
        tuple(f"wave {wave}" for wave, _ in columns),
        across=True,
    )


def _waves(objects: Objects) -> dict[str, int]:
    """The wave of every application, in the order of their names."""
    found = {}
    for each in objects.resources:
        annotations = each.body["metadata"].get("annotations", {})
        if each.body["kind"] == "Application" and _WAVE in annotations:
            name = each.body["metadata"]["name"]
            found[name.removeprefix(f"{objects.environment}-")] = int(annotations[_WAVE])
    return dict(sorted(found.items()))


def _places(
    applications: Mapping[str, int], drawn: Collection[tuple[str, str]]
) -> dict[str, tuple[int, int]]:
    """The column of each: its wave, and within that how many wait for each other before it."""
    inside = [
        Arrow(*pair, "", "") for pair in sorted(drawn) if len({*map(applications.get, pair)}) == 1
    ]
    depths = ranks(applications, without_circles(inside))
    return {name: (wave, depths[name]) for name, wave in applications.items()}


def _definitions(owned: Sequence[tuple[str, Identity]]) -> Iterator[tuple[str, str, str]]:
    """Who has objects of a kind that another one defines."""
    owners = {each.name: name for name, each in owned if each.kind == "CustomResourceDefinition"}
    applications = {name for name, _ in owned}
    for application, each in owned:
        if _AT_START.get(each.group) in applications:
            yield application, _AT_START[each.group], f"kind {each.kind}, defined at its start"
        for plural in plurals(each.kind) if each.group else ():
            if f"{plural}.{each.group}" in owners:
                yield application, owners[f"{plural}.{each.group}"], f"kind {each.kind}"


def _namespaces(
    objects: Objects, owned: Sequence[tuple[str, Identity]]
) -> Iterator[tuple[str, str, str]]:
    """Who has objects in a namespace that another one makes: as such, as a Profile, or as an
    Application that brings its own.
    """
    makers = {each.name: name for name, each in owned if each.kind in ("Namespace", "Profile")}
    for each in objects.resources:
        policy = each.body.get("spec", {}).get("syncPolicy", {}) if _is_application(each) else {}
        if "managedNamespaceMetadata" in policy:
            name = each.body["metadata"]["name"].removeprefix(f"{objects.environment}-")
            makers.setdefault(each.body["spec"]["destination"]["namespace"], name)
    for application, this in owned:
        if this.namespace in makers:
            yield application, makers[this.namespace], f"namespace {this.namespace}"


def _names(
    objects: Objects, owned: Sequence[tuple[str, Identity]]
) -> Iterator[tuple[str, str, str]]:
    """Who names an object of another one."""
    owners = {Named(each.kind, each.name, each.namespace): name for name, each in owned}
    for each in objects.resources:
        for named in provided(each.body):
            owners.setdefault(named, each.application)
    for each in objects.resources:
        if each.body["kind"] == "CustomResourceDefinition":
            continue
        here = each.body["metadata"].get("namespace", "")
        for named in sorted(references(each.body)):
            bare = named._replace(namespace="")
            place = named._replace(namespace=named.namespace or here)
            owner = owners.get(place) or owners.get(bare)
            if owner and bare not in _EVERYWHERE:
                yield each.application, owner, f"{named.kind} {named.name}"


def _webhooks(
    objects: Objects, owned: Sequence[tuple[str, Identity]]
) -> Iterator[tuple[str, str, str]]:
    """Whose objects are looked at by a webhook of another one that does not let pass what it cannot
    ask about.
    """
    rules: list[tuple[str, str, Mapping[str, Any]]] = []
    for each in objects.resources:
        for webhook in each.body.get("webhooks") or () if each.body["kind"] in _WEBHOOKS else ():
            if webhook.get("failurePolicy", "Fail") == "Fail" and not _selects(webhook):
                rules += (
                    (each.application, webhook["name"], rule) for rule in webhook.get("rules") or ()
                )
    for application, this in owned:
        for owner, name, rule in rules:
            names = {*plurals(this.kind), "*"}
            of_group = this.group in rule.get("apiGroups", ()) or "*" in rule.get("apiGroups", ())
            if of_group and not names.isdisjoint(rule.get("resources", ())):
                yield application, owner, f"webhook {name}"


def _selects(webhook: Mapping[str, Any]) -> bool:
    """Whether it looks at some objects only, which nobody knows here."""
    return bool(webhook.get("namespaceSelector") or webhook.get("objectSelector"))


def _is_application(resource: Resource) -> bool:
    return bool(resource.body["kind"] == "Application")


def _direct(pairs: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """The pairs that do not follow from others (transitive reduction); pairs in a circle stay."""
    after: dict[str, set[str]] = defaultdict(set)
    for one, other in pairs:
        after[one].add(other)
    reach: dict[str, set[str]] = {}
    for start in sorted({name for pair in pairs for name in pair}):
        seen: set[str] = set()
        open_ = list(after[start])
        while open_:
            name = open_.pop()
            if name not in seen:
                seen.add(name)
                open_ += after[name]
        reach[start] = seen
    return {
        (one, other)
        for one, other in pairs
        if not any(
            other in reach[between] and one not in reach[between] and between not in reach[other]
            for between in after[one] - {other}
        )
    }


def _groups(applications: Mapping[str, int], drawn: set[tuple[str, str]]) -> list[tuple[str, ...]]:
    """Applications of one wave that wait for the same and that the same wait for."""
    alike: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for name, wave in applications.items():
        needs = frozenset(one for one, other in drawn if other == name)
        needed = frozenset(other for one, other in drawn if one == name)
        alike[wave, name.startswith(_KUBEFLOW), needs, needed].append(name)
    return [tuple(group) for group in alike.values()]


def _box(group: Sequence[str], objects: Objects, rank: int) -> Box:
    kind: Kind = "kubeflow" if group[0].startswith(_KUBEFLOW) else "platform"
    caption = "Kubeflow" if kind == "kubeflow" else ""
    lines = [_line(name, objects) for name in group]
    if len(group) == 1:
        return Box(group[0], caption, lines[0], (), kind, rank)
    return Box(group[0], caption, Line(""), tuple(lines), kind, rank)


def _line(name: str, objects: Objects) -> Line:
    application = application_name(objects.environment, name)
    found = next(
        each
        for each in objects.resources
        if _is_application(each) and each.body["metadata"]["name"] == application
    )
    file = objects.file_of(found.application, identity(found.body))
    return Line(name.removeprefix(_KUBEFLOW), file)
