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
    return [resource for chart in app.node.children for resource in _resources(chart)]


def _resources(chart: IConstruct) -> Iterator[Resource]:
    node = chart.node
    application = node.id
    for construct in node.find_all():
        for body, origin in _objects(construct, chart, application):
            yield Resource(application, _complete(body, origin), origin)


def _objects(
    construct: IConstruct, chart: IConstruct, application: str
) -> Iterator[tuple[Body, Origin]]:
    if isinstance(construct, Manifests):
        # An attribute of a construct is a question to Node, and a fleet has thousands of them.
        path = f"{application}/{construct.id}" if construct.scope is chart else construct.node.path
        origin = Origin(path, construct.key or _inherited_key(construct))
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
