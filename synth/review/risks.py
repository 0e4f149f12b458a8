"""What a change can hurt, with the reason and the way out; the worst comes first.

A check looks at one change, or at all of them; it finds nothing in most.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple

from synth.catalog.images import normalised
from synth.catalog.upgrades import obstacles
from synth.config.environment import Environment
from synth.kit.application import VERSION_LABEL, application_name
from synth.kit.objects import Body, Identity
from synth.kit.protection import HOLDS_DATA
from synth.render.documents import load_all
from synth.review import words
from synth.review.comparison import Change, Side, place_of
from synth.review.describe import subject
from synth.review.immutable import delete, refused
from synth.review.permissions import in_words, permissions
from synth.review.references import Named, provided, references

Severity = Literal["high", "medium", "low"]
SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low")


class Kind(NamedTuple):
    """A kind of risk: how bad it is, and what it is in a few words."""

    severity: Severity
    title: str


RISKS = {
    "DF001": Kind("high", "a field that cannot be changed in place"),
    "DF002": Kind("high", "something that holds data goes"),
    "DF003": Kind("high", "a CRD goes, and every object of its kind with it"),
    "DF004": Kind("high", "a version of a CRD is served no longer"),
    "DF005": Kind("high", "something goes that others use"),
    "DF006": Kind("medium", "many objects of an application go"),
    "DF007": Kind("high", "an application is deployed elsewhere"),
    "DF008": Kind("medium", "something stays behind in the cluster"),
    "DF009": Kind("high", "a step that Argo CD cannot do by itself"),
    "DF010": Kind("high", "somebody may do anything"),
    "DF011": Kind("medium", "somebody may do more"),
    "DF012": Kind("high", "the network is opened"),
    "DF013": Kind("high", "pods may do more to their node"),
    "DF020": Kind("medium", "traffic to a version that no alert watches"),
    "DF021": Kind("medium", "a larger share of the traffic than the steps allow"),
    "DF022": Kind("medium", "something that the environment before has not run"),
    "DF023": Kind("medium", "a model is served under another name"),
    "DF030": Kind("low", "a Secret that has to be there"),
    "DF031": Kind("medium", "an image from elsewhere"),
    "DF032": Kind("medium", "nothing runs any more"),
    "DF033": Kind("medium", "less protection from disruptions"),
}
"""Every risk by its code, which stays what it is."""


class Risk(NamedTuple):
    """One thing that can go wrong; `subject` is what it is about, in the reader's words."""

    code: str
    environment: str
    application: str
    object: Identity | None
    subject: str
    reason: str
    way_out: str

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return RISKS[self.code].severity


@dataclass(frozen=True)
class Surroundings:
    """What the change is judged by: both sides as a whole, the environments as they will be, and
    in which order they see a version, where somebody says so.
    """

    before: Side
    after: Side
    environments: Mapping[str, Environment] = field(default_factory=dict)
    order: Sequence[str] = ()

    def holding(self, environment: str, text: str) -> Iterator[Body]:
        """The objects of an environment, as they will be, whose files have a text in them; CRDs,
        which are large and name nothing, are left out.
        """
        for path in self._files.get(environment, ()):
            if text.encode() in self.after[path]:
                if path not in self._parsed:
                    self._parsed[path] = _objects(self.after[path])
                yield from self._parsed[path]

    def ran(self, environment: str, text: str) -> bool:
        """Whether any file of an environment had a text in it."""
        return any(
            text.encode() in content
            for path, content in self.before.items()
            if place_of(path).environment == environment
        )

    def registries(self, environment: str) -> set[str]:
        """The registries that an environment's images come from so far."""
        return {
            _registry(match)
            for path, content in self.before.items()
            if place_of(path).environment == environment
            for match in _IMAGE.findall(content.decode(errors="replace"))
        }

    @cached_property
    def _files(self) -> dict[str, list[str]]:
        files: dict[str, list[str]] = defaultdict(list)
        for path in self.after:
            if path.endswith(".yaml") and "/customresourcedefinition." not in path:
                files[place_of(path).environment].append(path)
        return files

    @cached_property
    def _parsed(self) -> dict[str, list[Body]]:
        return {}


def _objects(content: bytes) -> list[Body]:
    """The objects in a file; none where it holds something else."""
    try:
        return [each for each in load_all(content.decode()) if each["metadata"]["name"]]
    except (ValueError, KeyError, TypeError):
        return []


_IMAGE = re.compile(r"^\s*-?\s*(?:image|newName): '?([^'\s]+)", re.MULTILINE)
_CRD = "CustomResourceDefinition"
_MANY = 10
"""So many objects of an application that go at once are many."""
_LEVELS = ("privileged", "baseline", "restricted")
_ENFORCE = "pod-security.kubernetes.io/enforce"
_ESCALATING = frozenset({"bind", "escalate", "impersonate"})
_OPEN = frozenset({"LoadBalancer", "NodePort"})
_WORKLOADS = frozenset({"Deployment", "StatefulSet", "ReplicaSet", "KafkaNodePool"})
_ALERTS = frozenset({"PrometheusRule", "GrafanaAlertRuleGroup"})

_Found = tuple[str, str, str]
"""Code, reason and way out."""
_Check = Callable[[Change, Surroundings], Iterator[_Found]]


def risks(changes: Sequence[Change], surroundings: Surroundings) -> list[Risk]:
    """Everything that these changes can hurt, the worst first."""
    found = [
        Risk(code, change.environment, change.application, change.object, subject(change), *rest)
        for change in changes
        for check in _CHECKS
        for code, *rest in check(change, surroundings)
    ]
    found += _together(changes, surroundings)
    return sorted(
        dict.fromkeys(found),
        key=lambda r: (SEVERITIES.index(r.severity), r.code, r.subject, r.environment, r.reason),
    )


# What cannot be done.


def _immutable(change: Change, _: Surroundings) -> Iterator[_Found]:
    if change.what not in ("changed", "moved"):
        return
    for each in change.fields:
        row = refused(change.object, change.body, each)
        if row:
            yield (
                "DF001",
                f"{'.'.join(row.path)} cannot be changed in place, and the sync would fail",
                row.way_out.format(delete=delete(change.object)),
            )


# What goes.


def _holds_data(change: Change, surroundings: Surroundings) -> Iterator[_Found]:
    this = change.object
    if not _goes(change) or _stays_behind(change, surroundings):
        return
    if this.kind == _CRD:
        yield (
            "DF003",
            "with a CRD the API server deletes every object of its kind",
            "see that nobody has such objects, then delete it by hand: Argo CD leaves it",
        )
    elif (this.group, this.kind) in HOLDS_DATA:
        yield (
            "DF002",
            "it holds data; Argo CD leaves it in the cluster, and nobody looks after it any more",
            f"save what is needed, then delete it by hand: `{delete(_former(change))}`",
        )
    elif this.kind == "StatefulSet":
        yield (
            "DF002",
            "Argo CD deletes it; the volumes that it claimed stay, unless it says otherwise",
            "save what is needed before this is merged",
        )


def _versions(change: Change, _: Surroundings) -> Iterator[_Found]:
    if change.object.kind != _CRD or not (change.before and change.after):
        return
    for version in sorted(_served(change.before) - _served(change.after)):
        yield (
            "DF004",
            f"{version} is served no longer: objects and clients that use it fail",
            "carry them over to a version that stays, and the stored ones too "
            "(status.storedVersions), before this is merged",
        )


def _used(change: Change, surroundings: Surroundings) -> Iterator[_Found]:
    if not _goes(change) or not change.before:
        return
    for gone in provided(change.before):
        users = sorted(
            f"{body['kind']} {body['metadata']['name']}"
            for body in surroundings.holding(change.environment, gone.name)
            if _needs(body, gone)
        )
        if users:
            yield (
                "DF005",
                f"{gone.kind} {gone.name} is used by {words.some(users, 3)}",
                "keep it, or have them use another first",
            )


def _needs(body: Body, gone: Named) -> bool:
    own = body.get("metadata", {}).get("namespace", "")
    return any(
        each[:2] == gone[:2] and gone.namespace in ("", each.namespace or own)
        for each in references(body)
    )


# Who may do what.


def _rights(change: Change, _: Surroundings) -> Iterator[_Found]:
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


def _bindings(change: Change, _: Surroundings) -> Iterator[_Found]:
    if change.object.kind not in ("RoleBinding", "ClusterRoleBinding") or change.after is None:
        return
    role = change.after.get("roleRef", {}).get("name", "")
    before = {_subject(each) for each in (change.before or {}).get("subjects") or ()}
    more = sorted({_subject(each) for each in change.after.get("subjects") or ()} - before)
    if more and role == "cluster-admin":
        yield (
            "DF010",
            f"{words.some(more)} may do everything in the cluster",
            "give a role that names what is needed",
        )
    elif more and change.before:
        yield "DF011", f"{words.some(more)} may do what {role} may", "see that they need it"


def _subject(subject: Mapping[str, Any]) -> str:
    namespace = subject.get("namespace")
    name = f"{namespace}/{subject.get('name')}" if namespace else subject.get("name")
    return f"{subject.get('kind')} {name}"


# Who reaches whom.


def _network(change: Change, surroundings: Surroundings) -> Iterator[_Found]:
    kind, out = change.object.kind, "see that whoever may connect now is meant to"
    if kind in ("NetworkPolicy", "AuthorizationPolicy") and _goes(change):
        allows = (change.before or {}).get("spec", {}).get("action", "ALLOW") == "ALLOW"
        if not _stays_behind(change, surroundings) and _opens(change, surroundings):
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


# What pods may do.


def _pod_security(change: Change, _: Surroundings) -> Iterator[_Found]:
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


_POWERS = frozenset({"privileged", "allowPrivilegeEscalation", "hostNetwork", "hostPID", "hostIPC"})
_LIMITS = frozenset({"runAsNonRoot", "readOnlyRootFilesystem"})


def _level(value: Any) -> int:
    return _LEVELS.index(value) if value in _LEVELS else 0


# Models.


class Rollout(NamedTuple):
    """A version that gets more of a model's traffic than it had, in percent."""

    version: str
    before: int
    after: int


def rollouts(change: Change) -> Iterator[Rollout]:
    """Every version beside the stable one that gets more traffic."""
    if change.object.kind == "InferenceService" and change.before and change.after:
        old, new = (_canary_percent(body) for body in (change.before, change.after))
        if new > old:
            yield Rollout("canary", old, new)
    if change.object.kind != "SeldonDeployment" or not (change.before and change.after):
        return
    before, after = _shares(change.before), _shares(change.after)
    stable = max(before, key=lambda version: before[version], default="")
    for version, share in after.items():
        if version != stable and share > before.get(version, 0):
            yield Rollout(version, before.get(version, 0), share)


def _canary_percent(body: Body) -> int:
    return int(body.get("spec", {}).get("predictor", {}).get("canaryTrafficPercent") or 0)


def _shares(body: Body) -> dict[str, int]:
    shares: dict[str, int] = {}
    for each in body.get("spec", {}).get("predictors", ()):
        if not each.get("shadow"):
            version = (each.get("annotations") or {}).get("kfsynth/version", each["name"])
            shares[version] = shares.get(version, 0) + int(each.get("traffic") or 0)
    return shares


def _unwatched(change: Change, surroundings: Surroundings) -> Iterator[_Found]:
    name, namespace = change.object.name, change.object.namespace
    for rollout in rollouts(change):
        watched = any(
            body["kind"] in _ALERTS and body["metadata"].get("namespace") == namespace
            for body in surroundings.holding(change.environment, f'"{name}"')
        )
        if not watched:
            yield (
                "DF020",
                f"version {rollout.version} gets {rollout.after} % of the traffic, and no alert "
                "watches this model",
                f"give models.{name} objectives, and the environment observability",
            )


def _steps(change: Change, surroundings: Surroundings) -> Iterator[_Found]:
    environment = surroundings.environments.get(change.environment)
    if environment is None:
        return
    policy = environment.policy.promotion
    for version, before, after in rollouts(change):
        allowed = next((step for step in policy.steps if step > before), 100)
        if not before:
            allowed = policy.max_canary
        if after > allowed:
            yield (
                "DF021",
                f"version {version} goes from {before} % to {after} %, and "
                f"policy.promotion allows {allowed} %",
                f"go to {allowed} % first",
            )


def _unseen(change: Change, surroundings: Surroundings) -> Iterator[_Found]:
    order = surroundings.order
    place = order.index(change.environment) if change.environment in order else 0
    if not place or change.after is None or change.object.kind == _CRD:
        return
    earlier = order[place - 1]
    for text in sorted(_programs(change.after) - _programs(change.before)):
        if not surroundings.ran(earlier, text):
            yield "DF022", f"{earlier} has not run {text}", f"let it go through {earlier} first"


def _renamed(change: Change, _: Surroundings) -> Iterator[_Found]:
    if change.what == "renamed" and change.object.kind in ("SeldonDeployment", "InferenceService"):
        yield (
            "DF023",
            f"its address changes to that of {change.object.name}, and the old one answers no more",
            "serve both until every client asks the new one",
        )


# What a change needs.


def _secrets(change: Change, surroundings: Surroundings) -> Iterator[_Found]:
    if change.after is None or change.object.kind == _CRD:
        return
    for each in sorted(references(change.after) - references(change.before or {})):
        if each.kind == "Secret" and not any(
            made[:2] == each[:2]
            for body in surroundings.holding(change.environment, each.name)
            for made in provided(body)
        ):
            yield (
                "DF030",
                f"it needs the Secret {each.name}, which nothing in git makes",
                f"see that {change.object.namespace or 'its namespace'} has it before this is merged",
            )


def _images(change: Change, surroundings: Surroundings) -> Iterator[_Found]:
    if change.after is None or change.before is None or change.object.kind == _CRD:
        return
    before = {_registry(each) for each in _image_names(change.before)}
    for image in sorted(_image_names(change.after) - _image_names(change.before)):
        registry = _registry(image)
        if registry not in before and registry not in surroundings.registries(change.environment):
            yield (
                "DF031",
                f"{image} comes from {registry}, from where {change.environment} has no image yet",
                "see that its nodes reach it, and that it is meant to be trusted",
            )


def _registry(image: str) -> str:
    return normalised(image).partition("/")[0]


def _scaled(change: Change, _: Surroundings) -> Iterator[_Found]:
    for each in change.fields:
        if (
            each.path == ("spec", "replicas")
            and each.after == 0
            and change.object.kind in _WORKLOADS
        ):
            yield "DF032", "it has no pod any more", "see that nobody needs it"
        elif each.path == ("spec", "suspend") and each.after is True:
            yield "DF032", "it is started no more", "see that nobody waits for its results"


def _disruptions(change: Change, _: Surroundings) -> Iterator[_Found]:
    if change.object.kind == "PodDisruptionBudget":
        if _goes(change):
            yield (
                "DF033",
                "a drain of nodes may stop all pods at once",
                "keep it where anybody waits",
            )
        elif change.before and any(
            each.path[-1] in ("minAvailable", "maxUnavailable") for each in change.fields
        ):
            fields = [
                f"{each.path[-1]} {words.becomes(each.before, each.after)}"
                for each in change.fields
            ]
            yield "DF033", f"the budget changes: {words.some(fields)}", "see that enough pods stay"


_CHECKS: tuple[_Check, ...] = (
    _immutable, _holds_data, _versions, _used, _rights, _bindings, _network, _pod_security,
    _unwatched, _steps, _unseen, _renamed, _secrets, _images, _scaled, _disruptions,
)  # fmt: skip


# What changes do together.


def _together(changes: Sequence[Change], surroundings: Surroundings) -> Iterator[Risk]:
    gone: dict[tuple[str, str], list[Change]] = defaultdict(list)
    for change in changes:
        if _goes(change) and change.environment:
            gone[change.environment, change.application].append(change)
        if change.object.kind == "Application" and change.what == "changed":
            yield from _elsewhere(change)
            yield from _upgrade(change)
    for (environment, application), these in gone.items():
        if _stays_behind(these[0], surroundings):
            yield Risk(
                "DF008", environment, application, None, f"application {application}",
                "its Application goes, and leaves everything that it had in the cluster",
                "an entry of `retired:` has Argo CD remove it: README.md, Argo CD",
            )  # fmt: skip
        elif len(these) >= _MANY:
            yield Risk(
                "DF006", environment, application, None, f"application {application}",
                f"Argo CD removes {len(these)} objects",
                "see that none of them is meant to stay",
            )  # fmt: skip


def _elsewhere(change: Change) -> Iterator[Risk]:
    for each in change.fields:
        if each.path[:2] == ("spec", "destination"):
            yield Risk(
                "DF007", change.environment, change.application, change.object, subject(change),
                f"{each.path[-1]} {words.becomes(each.before, each.after)}",
                "what runs now stays where it is: move its data, then delete it by hand",
            )  # fmt: skip


def _upgrade(change: Change) -> Iterator[Risk]:
    """What is known not to go by itself on the way to another release of Kubeflow."""
    for each in change.fields:
        if each.path == ("metadata", "labels", VERSION_LABEL) and each.before and each.after:
            for obstacle in obstacles(each.before, each.after):
                name = application_name(change.environment, f"kubeflow-{obstacle.component}")
                if name == change.object.name:
                    yield Risk(
                        "DF009", change.environment, change.application, change.object,
                        subject(change), obstacle.what,
                        f"once this is merged: {'; '.join(map(_code, obstacle.commands))}",
                    )  # fmt: skip


def _code(command: str) -> str:
    return f"`{command}`"


def _goes(change: Change) -> bool:
    """Whether something of this name goes."""
    return change.what in ("removed", "renamed")


def _former(change: Change) -> Identity:
    return change.former[1] if change.former else change.object


def _stays_behind(change: Change, surroundings: Surroundings) -> bool:
    """Whether the Application of what goes in git goes as well: then nothing is removed."""
    name = f"{change.environment}-{change.application}"
    here = f"dist/{change.environment}/argocd/argocd/application.argoproj.io-{name}.yaml"
    return here in surroundings.before and here not in surroundings.after


def _served(crd: Body) -> set[str]:
    versions: Iterable[Mapping[str, Any]] = crd.get("spec", {}).get("versions") or ()
    return {str(each.get("name")) for each in versions if each.get("served")}


def _image_names(value: Any) -> set[str]:
    if isinstance(value, Mapping):
        own = {value["image"]} if isinstance(value.get("image"), str) else set()
        return own.union(*(_image_names(item) for item in value.values()))
    return set().union(*map(_image_names, value)) if isinstance(value, list) else set()


def _programs(body: Body | None) -> set[str]:
    """What runs in an object: its images, and the artifacts of a model."""
    return _image_names(body) | _values(body, ("modelUri", "storageUri"))


def _values(value: Any, keys: Sequence[str]) -> set[str]:
    if isinstance(value, Mapping):
        own = {value[key] for key in keys if isinstance(value.get(key), str)}
        return own.union(*(_values(item, keys) for item in value.values()))
    return (
        set().union(*(_values(item, keys) for item in value)) if isinstance(value, list) else set()
    )
