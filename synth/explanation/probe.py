"""Renders a target in other ways and sees whether a field of it is another one then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import Enum, auto
from functools import cached_property
from typing import Any

from synth.app.part import Part
from synth.explanation.study import AS_IT_IS, Study, Target, Variation
from synth.kit.objects import Identity
from synth.render.documents import load_all
from synth.render.plan import file_name
from synth.review.explain.fields import ABSENT, Way, held_like


class Outcome(Enum):
    """What has become of a field: `NO_FIELD` where the object is there without it, `NO_OBJECT` where
    that is gone too, `NOTHING` where nothing could be rendered.
    """

    SAME = auto()
    OTHER = auto()
    NO_FIELD = auto()
    NO_OBJECT = auto()
    NOTHING = auto()


class Probe:
    """A target as it is, and as it would be. `usual` is what variations are laid over: its own
    overlays are used where they name none.
    """

    def __init__(self, study: Study, target: Target, usual: Variation = AS_IT_IS) -> None:
        self.study = study
        self.target = target
        self._usual = usual

    @cached_property
    def whole(self) -> Any:
        """The document as it is."""
        part = self.study.parts([self._task])[0]
        return document(part, self.target, part.origins)

    def outcome(self, way: Way, given: Variation) -> Outcome:
        """What the variation makes of the field at a way that was resolved in the document."""
        given = replace(given, laid=self._usual.laid if given.laid is None else given.laid)
        try:
            task = self.study.task(self.target, given)
            if task.key == self._task.key:
                return Outcome.SAME
            part = self.study.parts([task])[0]
        except Exception:  # noqa: BLE001  # what no rule has seen may raise anything
            return Outcome.NOTHING
        now = document(part, self.target, self._known)
        if now is ABSENT:
            return Outcome.NO_OBJECT
        value = held_like(now, way, self.whole)
        if value is ABSENT:
            return Outcome.NO_FIELD
        return Outcome.SAME if value == held_like(self.whole, way, self.whole) else Outcome.OTHER

    @cached_property
    def _task(self) -> Any:
        return self.study.task(self.target, self._usual)

    @cached_property
    def _known(self) -> frozenset[Identity]:
        return frozenset(self.study.parts([self._task])[0].origins)


def document(part: Part, target: Target, known: Iterable[Identity]) -> Any:
    """The target's document in an application as it is rendered now; of an object that has another
    name the one that has come in its place; else ABSENT. `known` are the objects that there were.
    """
    file = target.file
    if target.object and target.object not in part.origins:
        file = _renamed(part, target, set(known))
    return parsed(part.files[file]) if file in part.files else ABSENT


def parsed(content: bytes) -> Any:
    """A file's only document; what is none, such as a text, as a text."""
    text = content.decode()
    try:
        documents = load_all(text)
    except ValueError:
        documents = []
    return documents[0] if len(documents) == 1 else text


def _renamed(part: Part, target: Target, known: set[Identity]) -> str:
    """The file of the object that has come where the target was: of those of its kind that are new,
    the one at its place among those that are gone, if as many have come.
    """
    this = target.object
    assert this, "asked for objects only"

    def alike(some: Iterable[Identity]) -> list[Identity]:
        return sorted(each for each in some if each.group_kind == this.group_kind)

    gone, come = alike(known - part.origins.keys()), alike(part.origins.keys() - known)
    if len(gone) != len(come) or this not in gone:
        return ""
    folder = part.application.subfolder
    return "/".join(filter(None, (folder, file_name(come[gone.index(this)]))))
