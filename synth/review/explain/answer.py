"""What is known of where something comes from, in the forms that it is shown in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from synth.render.makers import Maker
from synth.review.words import plain


@dataclass(frozen=True, slots=True)
class Written:
    """A key of the configuration, and where it is written: `file:line`, or `default`. `over` is
    where a base says it too.
    """

    key: str
    place: str
    over: str = ""
    value: Any = None

    def __str__(self) -> str:
        over = f" (over {self.over})" if self.over else ""
        return f"{self.place} {self.key}{over}" if self.key else self.place


@dataclass(frozen=True, slots=True)
class Laid:
    """An entry of an overlay: where it stands, what it is (`patches[0]`), and the file that it
    takes in, if any.
    """

    place: str
    entry: str
    file: str = ""

    def __str__(self) -> str:
        return f"{self.place} {self.entry}{f' ({self.file})' if self.file else ''}"


@dataclass(frozen=True, slots=True)
class Explained:
    """What stands behind a field: `values` change it when they change, `overlays` are what lays it
    over what was there; `untried` could not be changed to find out.
    """

    field: str
    value: Any
    values: tuple[Written, ...]
    overlays: tuple[Laid, ...]
    untried: tuple[Written, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Where an object or a file comes from. `file` is empty for what Argo CD or a chart makes."""

    subject: str
    environment: str
    application: str
    wave: int | None
    file: str
    construct: str
    maker: Maker
    key: Written | None
    overlays: tuple[Laid, ...] = ()
    upstream: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    field: Explained | None = field(default=None)


def as_json(answer: Answer) -> str:
    """Everything, for programs."""
    return json.dumps(_data(answer), indent=2, ensure_ascii=False, default=str)


def as_text(answer: Answer) -> str:
    """A few lines, for people."""
    rows = list(_rows(answer))
    width = max(len(name) for name, _ in rows)
    lines = [answer.subject, *(f"  {name:<{width}}  {text}".rstrip() for name, text in rows)]
    if answer.field:
        lines += ["", *_field_lines(answer.field)]
    return "\n".join([*lines, *(f"\n{note}" for note in answer.notes)])


def _rows(answer: Answer) -> Iterator[tuple[str, str]]:
    yield "environment", answer.environment or "all"
    wave = "" if answer.wave is None else f", wave {answer.wave}"
    yield "application", f"{answer.application}{wave}"
    if answer.file:
        yield "file", answer.file
    if answer.construct:
        yield "construct", answer.construct
    if answer.maker.construct:
        yield "class", str(answer.maker.construct)
    if answer.maker.body:
        yield "written by", str(answer.maker.body)
    if answer.key:
        yield "configuration", str(answer.key)
    for laid in answer.overlays:
        yield "overlay", str(laid)
    yield from answer.upstream


def _field_lines(explained: Explained) -> Iterator[str]:
    yield f"{explained.field}: {plain(explained.value)}"
    rows = [
        (each.place, f"{each.key}: {plain(each.value)}", each.over) for each in explained.values
    ]
    width = max((len(place) for place, _, _ in rows), default=0)
    for place, text, over in rows:
        yield f"  {place:<{width}}  {text}{f' (over {over})' if over else ''}"
    for laid in explained.overlays:
        yield f"  {laid}"
    if not (rows or explained.overlays):
        yield "  no value of the configuration changes it: whoever writes the object has it so"
    if explained.untried:
        yield f"  not tried, since no other value of it can be rendered: {_listed(explained.untried)}"


def _listed(untried: tuple[Written, ...]) -> str:
    return ", ".join(each.key for each in untried)


def _data(answer: Answer) -> dict[str, Any]:
    explained = answer.field
    return {
        "subject": answer.subject,
        "environment": answer.environment or None,
        "application": answer.application,
        "wave": answer.wave,
        "file": answer.file or None,
        "construct": answer.construct or None,
        "class": answer.maker.construct and answer.maker.construct._asdict(),
        "writtenBy": answer.maker.body and answer.maker.body._asdict(),
        "configuration": answer.key and _written(answer.key),
        "overlays": [_laid(each) for each in answer.overlays],
        "upstream": [{"what": what, "where": where} for what, where in answer.upstream],
        "field": explained
        and {
            "field": explained.field,
            "value": explained.value,
            "configuration": [_written(each) for each in explained.values],
            "overlays": [_laid(each) for each in explained.overlays],
            "untried": [_written(each) for each in explained.untried],
        },
        "notes": list(answer.notes),
    }


def _written(each: Written) -> dict[str, Any]:
    return {
        "key": each.key,
        "source": each.place,
        "over": each.over or None,
        **({} if each.value is None else {"value": each.value}),
    }


def _laid(each: Laid) -> dict[str, Any]:
    return {"source": each.place, "entry": each.entry, "file": each.file or None}
