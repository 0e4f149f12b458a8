"""The construct tree → objects, each with its application and its origin."""

from __future__ import annotations

from collections.abc import Iterator

from cdk8s import ApiObject, App
from constructs import Construct, IConstruct

from synth.kit.construct import Manifests
from synth.kit.objects import Body, Origin, Resource


class IncompleteObjectError(Exception):
    """A construct made something that is no Kubernetes object."""


def collect(app: App) -> list[Resource]:
    """Every object below `app`; each child of the app is one application.

    Our own leaves hand over what they hold; any other construct (`ApiObject`, `Include`, `Helm`,
    a library's) is asked for the JSON that cdk8s would write.

    Raises IncompleteObjectError, naming the construct, where `apiVersion`, `kind` or `metadata.name`
    is missing.
    """
    return [
        Resource(chart.node.id, _complete(body, origin), origin)
        for chart in app.node.children
        for construct in chart.node.find_all()
        for body, origin in _objects(construct)
    ]


def _objects(construct: IConstruct) -> Iterator[tuple[Body, Origin]]:
    if isinstance(construct, Manifests):
        origin = Origin(construct.node.path, construct.key or _inherited_key(construct))
        for body in construct.objects:
            yield body, origin
    elif isinstance(construct, ApiObject):
        yield construct.to_json(), Origin(construct.node.path, _inherited_key(construct))


def _inherited_key(construct: Construct) -> str:
    """The configuration key of the nearest ancestor that has one."""
    for scope in reversed(construct.node.scopes):
        key = getattr(scope, "key", "")
        if isinstance(key, str) and key:
            return key
    return ""


def _complete(body: Body, origin: Origin) -> Body:
    metadata = body.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    for field, value in (
        ("apiVersion", body.get("apiVersion")),
        ("kind", body.get("kind")),
        ("metadata.name", name),
    ):
        if not (isinstance(value, str) and value):
            raise IncompleteObjectError(f"{origin.construct}: an object without {field}")
    return body
