"""Who wrote an object: the class of its construct and the line of the function that wrote its body,
seen while an application is rendered.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple, TypeVar

import synth
from synth.kit.objects import Identity, identity
from synth.render.overlay import FILE

_ROOT = Path(synth.__file__).parent
_KIT = str(_ROOT / "kit")
_STEPS = (str(_ROOT / "app"), str(_ROOT / "render"))
"""The steps of a build, which hand on what others have written."""
_COLLECT = str(_ROOT / "render" / "collect.py")
_DOMAINS = str(_ROOT / "domains")
Result = TypeVar("Result")


class Place(NamedTuple):
    """A class or function, the file that it is in, from the folder of its package, and the line."""

    name: str
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.name} ({self.file}:{self.line})"


class Maker(NamedTuple):
    """The class of the construct that holds an object, and where its body was written; None for
    what has no construct, and what another library writes.
    """

    construct: Place | None
    body: Place | None


def observed(
    render: Callable[[], Result],
) -> tuple[Result, dict[Identity, Maker], dict[str, Place]]:
    """What `render` comes to, who wrote the objects that were seen on the way, and who wrote the
    files that have a name and are no objects.
    """
    seen = _Seen()
    sys.setprofile(seen)
    try:
        result = render()
    finally:
        sys.setprofile(None)
    makers = {
        each: Maker(seen.constructs.get(each), seen.bodies.get(each))
        for each in {*seen.constructs, *seen.bodies}
    }
    return result, makers, seen.files


class _Seen:
    """A profile function that looks at everything that functions return."""

    def __init__(self) -> None:
        self.bodies: dict[Identity, Place] = {}
        self.constructs: dict[Identity, Place] = {}
        self.files: dict[str, Place] = {}

    def __call__(self, frame: FrameType, event: str, value: Any) -> None:
        if event != "return":
            return
        if type(value) is dict:
            if "kind" in value and "metadata" in value:
                self._body(frame, value)
            elif FILE in value and frame.f_code.co_filename.startswith(_DOMAINS):
                # What is made of a part of the files comes first.
                self.files.update(dict.fromkeys(value, _place(frame)))
        elif type(value) is tuple and frame.f_code.co_filename == _COLLECT:
            self._construct(frame, value)

    def _body(self, frame: FrameType, body: Mapping[str, Any]) -> None:
        this = _identity(body)
        if this is None or this in self.bodies or _was_given(frame, this):
            return
        writer = _outside_kit(frame)
        if writer is None or writer.f_code.co_filename.startswith(_STEPS):
            return
        if not _is_collecting(frame):
            self.bodies[this] = _place(writer)

    def _construct(self, frame: FrameType, value: tuple[Any, ...]) -> None:
        construct = frame.f_locals.get("construct")
        this = _identity(value[0]) if value and isinstance(value[0], dict) else None
        if construct is not None and this:
            self.constructs[this] = _class(construct)


def _identity(body: Mapping[str, Any]) -> Identity | None:
    try:
        return identity(body)
    except (KeyError, TypeError, AttributeError):
        return None


def _was_given(frame: FrameType, this: Identity) -> bool:
    """Whether a function only hands on, changed or not, what another one has written."""
    while frame.f_code.co_name.startswith("<") and frame.f_back:  # a comprehension's own
        frame = frame.f_back
    code = frame.f_code
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    given = (frame.f_locals.get(name) for name in names)
    return any(isinstance(each, dict) and _identity(each) == this for each in given)


def _is_collecting(frame: FrameType | None) -> bool:
    """Whether a construct is only asked for what it holds already."""
    while frame and frame.f_code.co_filename != _COLLECT:
        frame = frame.f_back
    return frame is not None


def _outside_kit(frame: FrameType | None) -> FrameType | None:
    """The nearest caller that writes objects, and does not only help to."""
    while frame and frame.f_code.co_filename.startswith(_KIT):
        frame = frame.f_back
    return frame


def _class(construct: Any) -> Place:
    """The construct's class, or where that only holds what another one wrote, that one's."""
    from cdk8s import ApiObject, App, Chart

    from synth.kit.construct import Manifests

    scopes = reversed(construct.node.scopes)
    classes = [type(scope) for scope in scopes if not isinstance(scope, (App, Chart))]
    found = next((each for each in classes if each not in (ApiObject, Manifests)), classes[0])
    _, line = inspect.findsource(found)
    return Place(found.__qualname__, _file(inspect.getsourcefile(found) or ""), line + 1)


def _place(frame: FrameType) -> Place:
    name = frame.f_code.co_qualname.split(".<locals>")[0]
    return Place(name, _file(frame.f_code.co_filename), frame.f_lineno)


def _file(path: str) -> str:
    """The path from the folder that its package lies in."""
    parts = Path(path).parts
    for folder in ("site-packages", "dist-packages"):
        if folder in parts:
            return "/".join(parts[parts.index(folder) + 1 :])
    if Path(path).is_relative_to(_ROOT):
        return str(Path(path).relative_to(_ROOT.parent))
    return path
