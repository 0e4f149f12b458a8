"""What another release of Kubeflow means for an environment, as a checklist.

All of it is known from the catalogue, which has the objects, CRD versions and images of every release,
and from what the rules say of the environment with that release.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from synth.catalog.images import mirrored, normalised
from synth.catalog.kubeflow import RELEASES, Component, Release, load_release
from synth.catalog.upgrades import obstacles
from synth.config.kubeflow import Kubeflow
from synth.config.load import Loaded
from synth.config.problems import Problem
from synth.kit.names import without_hash
from synth.kit.objects import Identity, Resource, identity, plurals
from synth.kit.protection import HOLDS_DATA
from synth.review.risks.kinds import RISKS, Risk
from synth.review.words import some
from synth.rules.findings import Finding
from synth.rules.overlays import check_overlay

Phase = Literal["before", "with", "after"]
PHASES: Mapping[Phase, str] = {
    "before": "Before it is merged",
    "with": "What it changes",
    "after": "Once it is merged",
}
"""When a step is taken."""

CRD = "CustomResourceDefinition"
_RISKS = frozenset({"DF001", "DF005", "DF010", "DF011", "DF012", "DF013"})
"""Risks that no other step speaks of."""
_SAID = frozenset({"KF009", "KF010", "RT004"})
"""Rules whose findings are said here in other words, or with another way out."""


class Step(NamedTuple):
    """A line of the checklist: what happens and why, the way, and all that it is about."""

    phase: Phase
    says: str
    way: str
    details: tuple[str, ...] = ()


class Checklist(NamedTuple):
    """Every step on the way of an environment from one release to another."""

    environment: str
    release: str
    to: str
    steps: tuple[Step, ...]

    @property
    def back(self) -> bool:
        """Whether the way leads to an older release."""
        return RELEASES.index(self.to) < RELEASES.index(self.release)


@dataclass(frozen=True)
class Case:
    """An environment before its upgrade.

    `objects` is what is rendered of it; `overlays` are its folders by application; `findings` are what
    the rules say only with the other release. `risks` are those of what is rendered with it, or
    `unbuilt` says why nothing is.
    """

    loaded: Loaded
    kubeflow: Kubeflow
    objects: Sequence[Resource]
    overlays: Mapping[str, Sequence[Path]]
    findings: Sequence[tuple[Finding, Problem]]
    risks: Sequence[Risk] = ()
    unbuilt: str = ""


class _Side(NamedTuple):
    """A release with those of its components that are on."""

    release: Release
    components: Mapping[str, Component]

    @property
    def owners(self) -> Mapping[Identity, str]:
        """Which component every object belongs to, as the API server calls it."""
        return {
            self.release.scoped(this): name
            for name, each in self.components.items()
            for this in each.objects
        }

    @property
    def served(self) -> Mapping[str, tuple[str, ...]]:
        """The served versions of every CRD."""
        return {k: v for each in self.components.values() for k, v in each.crd_versions.items()}

    @property
    def images(self) -> set[str]:
        return {normalised(use.image) for each in self.components.values() for use in each.images}

    @property
    def credentials(self) -> set[str]:
        """The Secrets that take the place of well-known passwords."""
        parts = self.components.values()
        found = [secret for each in parts for secret in each.credentials]
        found += [word.secret for each in parts for word in each.static_passwords]
        return {f"{each.namespace}/{each.base_name}" for each in found}


def unknown_switches(kubeflow: Kubeflow, to: str) -> list[str]:
    """The components that the environment switches and that the other release does not have."""
    return sorted(kubeflow.components.keys() - load_release(to).components.keys())


def checklist(case: Case, to: str) -> Checklist:
    """What has to be done, decided and known on the way to another release."""
    old, new = (
        _Side(release, {each.name: each for each in release.enabled(case.kubeflow.components)})
        for release in map(load_release, (case.kubeflow.release, to))
    )
    steps = [
        *_way(old.release.name, to),
        *_kubernetes(case, new.release),
        *_switches(case, to),
        *_found(case.findings),
        *_versions(case, old, new),
        *_overlays(case, old, new),
        *_secrets(case, old, new),
        *_images(case, old, new),
        *_components(old, new),
        *_moved(case, old, new),
        *_removed(old, new),
        *_risks(case),
        *_obstacles(case, old, new),
        *_left(old, new),
    ]
    return Checklist(case.loaded.environment.name, old.release.name, to, tuple(steps))


def _way(old: str, new: str) -> Iterator[Step]:
    start, end = RELEASES.index(old), RELEASES.index(new)
    if end < start:
        yield Step(
            "before",
            f"{new} is older than {old}: no way back is tested, and programs may have changed what is "
            "in their databases",
            "save volumes and databases, and try it elsewhere; what is listed here is what would be lost",
        )
    elif end - start > 1:
        yield Step(
            "before",
            f"releases lie between {old} and {new}, and upgrades are tested from one to the next",
            f"go release by release: {' → '.join(RELEASES[start : end + 1])}",
        )


def _kubernetes(case: Case, release: Release) -> Iterator[Step]:
    for finding, problem in case.findings:
        if finding.code == "KF010":
            oldest, newest = release.kubernetes[0], release.kubernetes[-1]
            yield Step(
                "before",
                str(problem),
                f"bring the cluster to a version from {oldest} to {newest}, and say so in "
                "cluster.kubernetes",
            )


def _switches(case: Case, to: str) -> Iterator[Step]:
    for name in unknown_switches(case.kubeflow, to):
        place = case.loaded.written("kubeflow", "components", name)
        yield Step(
            "before",
            f"{place}: kubeflow.components.{name}: Kubeflow {to} has no such component",
            "take the switch out; --write does",
        )


def _found(findings: Iterable[tuple[Finding, Problem]]) -> Iterator[Step]:
    """What the rules say for the first time; their messages have the reason and the way out."""
    for finding, problem in findings:
        if finding.code not in _SAID:
            yield Step(
                "before",
                f"{finding.code} {problem}",
                "put it right together with the release: nothing is built before"
                if finding.severity == "error"
                else "look at it; it stops nothing",
            )


def _versions(case: Case, old: _Side, new: _Side) -> Iterator[Step]:
    """The environment's own objects of versions that are served no longer."""
    users: dict[tuple[str, str], list[str]] = defaultdict(list)
    for each in case.objects:
        api_version, kind = each.body["apiVersion"], each.body["kind"]
        group, _, version = api_version.rpartition("/")
        for crd in (f"{plural}.{group}" for plural in plurals(kind)):
            if version in old.served.get(crd, ()) and version not in new.served.get(crd, ()):
                said = f"{_called(identity(each.body))} ({each.application})"
                users[crd, version].append(said)
    for (crd, version), found in sorted(users.items()):
        there = new.served.get(crd, ())
        yield Step(
            "before",
            f"{crd} {version}, which this environment's own objects use, is "
            + ("served no longer" if there else "gone with its CRD"),
            f"write them as {' or '.join(there)}" if there else "do without them, or keep the CRD",
            tuple(found),
        )


def _overlays(case: Case, old: _Side, new: _Side) -> Iterator[Step]:
    for application, folders in sorted(case.overlays.items()):
        name = application.removeprefix("kubeflow-")
        if name == application or name not in old.components:
            continue
        for folder in folders:
            where = "/".join(folder.parts[-3:])
            if name not in new.components:
                yield Step("before", f"{where}: {application} goes", "remove the folder")
                continue
            before = _mismatches(folder, where, old, name)
            for problem in _mismatches(folder, where, new, name):
                if problem not in before:
                    yield Step(
                        "before",
                        str(problem),
                        f"have it match what {new.release.name} calls it, or take it out",
                    )


def _mismatches(folder: Path, where: str, side: _Side, name: str) -> list[Problem]:
    component = side.components[name]
    objects = {*component.objects, *map(side.release.scoped, component.objects)}
    images = {use.image for use in component.images if use.kind == "container"}
    return check_overlay(folder, where, objects, images)


def _secrets(case: Case, old: _Side, new: _Side) -> Iterator[Step]:
    names = sorted(new.credentials - old.credentials)
    if names and case.kubeflow.default_credentials == "external":
        yield Step(
            "before",
            "Secrets are read that nobody read before: "
            + ("1 ExternalSecret" if len(names) == 1 else f"{len(names)} ExternalSecrets"),
            f"put what they hold into the store {case.loaded.environment.secrets.store.name!r}",
            tuple(names),
        )


def _images(case: Case, old: _Side, new: _Side) -> Iterator[Step]:
    images = sorted(new.images - old.images)
    if not images:
        return
    environment = case.loaded.environment
    says = "1 image is new" if len(images) == 1 else f"{len(images)} images are new"
    if environment.registry:
        details = tuple(f"{each} → {mirrored(each, environment.registry)}" for each in images)
        yield Step(
            "before",
            says,
            f"mirror them: with the release written, `synth images {environment.name} -o skopeo` lists all",
            details,
        )
    else:
        yield Step("before", says, "see that nodes may pull them", tuple(images))


def _components(old: _Side, new: _Side) -> Iterator[Step]:
    for name in sorted(new.components.keys() - old.components.keys()):
        what = "is new" if name not in old.release.components else "is on by default now"
        yield Step(
            "with",
            f"component {name} comes: it {what}, with {_objects(len(new.components[name].objects))}",
            f"keep it: {needing}"
            if (needing := _needing(name, new))
            else f"see what it does, or do without it: kubeflow.components.{name}: false",
        )
    for name in sorted(old.components.keys() - new.components.keys()):
        retire = f"{{name: kubeflow-{name}, kind: application}} in retired: has Argo CD remove what it runs"
        if name in new.release.components:
            yield Step(
                "with",
                f"component {name} goes: it is off by default now",
                f"kubeflow.components.{name}: true keeps it; {retire}",
            )
        else:
            yield Step("with", f"component {name} goes: the release does not have it", retire)


def _needing(name: str, side: _Side) -> str:
    """Who needs a component; empty for nobody."""
    users = [each.name for each in side.components.values() if name in each.requires]
    return f"{some(users, 3)} {'needs' if len(users) == 1 else 'need'} it" if users else ""


def _moved(case: Case, old: _Side, new: _Side) -> Iterator[Step]:
    moves: dict[tuple[str, str], list[str]] = defaultdict(list)
    before = old.owners
    for this, owner in new.owners.items():
        if before.get(this, owner) != owner:
            moves[before[this], owner].append(_called(this))
    for (source, target), found in sorted(moves.items()):
        application = f"{case.loaded.environment.name}-kubeflow-{target}"
        yield Step(
            "with",
            f"{_objects(len(found))} move{'s' if len(found) == 1 else ''} from {source} to {target}",
            f"let {application} be Synced before kubeflow-{source} is retired or pruned: an object "
            "belongs to the Application that synced it last",
            tuple(sorted(found)),
        )


def _removed(old: _Side, new: _Side) -> Iterator[Step]:
    """What goes from components that stay; what holds data is for another step."""
    for name, found in _gone(old, new).items():
        these = [_called(each) for each in found if not _holds_data(each)]
        if these and name in new.components:
            yield Step(
                "with",
                f"{_objects(len(these))} of {name} go{'es' if len(these) == 1 else ''}",
                "see that nothing of yours needs what Argo CD removes",
                tuple(these),
            )


def _risks(case: Case) -> Iterator[Step]:
    """What `synth diff` will say of fields and references, which the catalogue does not have."""
    if case.unbuilt:
        yield Step(
            "with",
            f"what it risks beside that is not known, since nothing is built yet: {case.unbuilt}",
            "with the release written and that put right, `synth diff` says it",
        )
    found: dict[str, list[str]] = defaultdict(list)
    for each in case.risks:
        if each.code in _RISKS:
            found[each.code].append(f"{each.subject}: {each.reason}: {each.way_out}")
    for code, details in sorted(found.items()):
        yield Step(
            "with",
            f"{code} {RISKS[code].title}: {len(details)}",
            "see each of them; `synth diff` has them with their applications",
            tuple(dict.fromkeys(details)),
        )


def _obstacles(case: Case, old: _Side, new: _Side) -> Iterator[Step]:
    for each in obstacles(old.release.name, new.release.name):
        if each.component in old.components and each.component in new.components:
            application = f"{case.loaded.environment.name}-kubeflow-{each.component}"
            yield Step(
                "after",
                f"{each.what}: {application} fails",
                "once it does, run the commands, and Argo CD goes on by itself",
                tuple(f"`{command}`" for command in each.commands),
            )


def _left(old: _Side, new: _Side) -> Iterator[Step]:
    """What holds data and belongs to nobody any more."""
    left = [each for found in _gone(old, new).values() for each in found if _holds_data(each)]
    if left:
        yield Step(
            "after",
            f"{_objects(len(left))} that hold{'s' if len(left) == 1 else ''} data "
            f"stay{'s' if len(left) == 1 else ''} in the cluster, and nobody looks after "
            f"{'it' if len(left) == 1 else 'them'} any more: Argo CD does not prune such",
            "save what is needed, then delete by hand; with a CRD go all objects of its kind",
            tuple(_called(each) for each in left),
        )


def _gone(old: _Side, new: _Side) -> Mapping[str, list[Identity]]:
    """The objects that the other release does not have, by the component that they were of; a name
    with a hash of its content is another one whatever changes.
    """
    there = {_lasting(each) for each in new.owners}
    gone: dict[str, list[Identity]] = defaultdict(list)
    for this, owner in sorted(old.owners.items()):
        if _lasting(this) not in there:
            gone[owner].append(this)
    return gone


def _lasting(this: Identity) -> Identity:
    hashed = this.kind in ("ConfigMap", "Secret")
    return this._replace(name=without_hash(this.name)) if hashed else this


def _holds_data(this: Identity) -> bool:
    return (this.group, this.kind) in HOLDS_DATA


def _called(this: Identity) -> str:
    return f"{this.kind} {'/'.join(filter(None, (this.namespace, this.name)))}"


def _objects(number: int) -> str:
    return "1 object" if number == 1 else f"{number} objects"
