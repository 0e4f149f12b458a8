"""The manifest leaf of the construct tree."""

from __future__ import annotations

from collections.abc import Iterable

from constructs import Construct

from synth.kit.objects import Body


class Manifests(Construct):
    """A construct that holds the finished bodies of its objects in Python.

    A cdk8s `ApiObject` costs ten times as much to create and has to be asked for its body
    through Node; one leaf per configured thing keeps a fleet of thousands cheap. Any other
    construct can stand beside it in the tree.

    `id` is unique among the scope's, without a slash. `key` is the configuration path the objects come from, `models.sentiment`; where it is empty
    the nearest ancestor's counts.
    """

    def __init__(
        self, scope: Construct, id: str, objects: Iterable[Body], *, key: str = ""
    ) -> None:
        super().__init__(scope, id)
        self.scope = scope
        self.id = id
        self.objects = tuple(objects)
        self.key = key
