"""What people ask about: a file of `dist/` or `argocd/`, or an object by kind and name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path

from synth.app.part import Part
from synth.explanation.study import Study, Target
from synth.kit.application import BOOTSTRAP
from synth.project import Project
from synth.render.plan import file_name

ARGOCD, SETTINGS = "argocd", "settings"
_LINE = re.compile(r"(?P<file>.+?):(?P<line>\d+)(?::\d+)?")


class NotFoundError(Exception):
    """Nothing is called like that, or too much is."""


def split(text: str) -> tuple[str, int | None]:
    """A file, and the line after a colon where there is one."""
    found = _LINE.fullmatch(text)
    return (found["file"], int(found["line"])) if found else (text, None)


def below_root(project: Project, text: str) -> str:
    """A file's path below the repository, whether it is given from there or from where we are.

    Raises NotFoundError for what lies elsewhere.
    """
    for path in (Path.cwd() / text, project.root / text):
        if path.resolve().is_relative_to(project.root) and (
            path.exists() or path.is_relative_to(project.root / "dist")
        ):
            return str(path.resolve().relative_to(project.root))
    return text


def environment_of(path: str, names: Iterable[str]) -> str:
    """The environment that a file belongs to; for Argo CD's settings any. Raises NotFoundError."""
    top, _, rest = path.partition("/")
    name = rest.partition("/")[0]
    names = list(names)
    if (top, name) == (ARGOCD, SETTINGS):
        return names[0]
    if top not in ("dist", ARGOCD) or "/" not in rest:
        raise NotFoundError(f"{path} is no generated file: give one below dist/ or argocd/")
    if name not in names:
        raise NotFoundError(f"there is no environment {name!r} (there: {', '.join(names)})")
    return name


def file_target(study: Study, path: str) -> Target:
    """The target that a file is. Raises NotFoundError, with the nearest that there is."""
    targets = {full_path(study, each): each for each in _of_tree(study, path) if each.file}
    if path not in targets:
        raise NotFoundError(f"the sources make no {path}{_nearest(path, targets)}")
    return targets[path]


def object_target(study: Study, kind: str, name: str, namespace: str | None) -> Target:
    """The object of an environment with this kind, `Deployment` or `Deployment.apps`, and name.

    Raises NotFoundError where there is none or more than one.
    """
    there = {each.object: each for each in every_target(study) if each.object}
    found = [
        each
        for each in there
        if each.name == name
        and kind.lower() in (each.kind.lower(), each.group_kind.lower())
        and namespace in (None, each.namespace)
    ]
    if len(found) > 1:
        listed = "".join(f"\n  {each} ({there[each].application})" for each in sorted(found))
        raise NotFoundError(
            f"{kind}/{name} is not one object, say which with -n or the group:{listed}"
        )
    if not found:
        wanted = f"{kind}/{name}"
        known = {f"{form}/{each.name}" for each in there for form in (each.kind, each.group_kind)}
        inside = f" in namespace {namespace}" if namespace else ""
        other = sorted(
            {each.namespace for each in there if each.name == name and each.kind == kind}
        )
        hint = f" (there: in {', '.join(other)})" if other else _nearest(wanted, known)
        raise NotFoundError(f"{study.environment.name} has no {wanted}{inside}{hint}")
    return there[found[0]]


def every_target(study: Study) -> Iterator[Target]:
    """Every object of an environment, and every file that is none."""
    for part in study.parts(list(study.tasks())):
        yield from _targets(part)
    for side, part in study.sides().items():
        yield from _targets(part, side, study.environment.name)


def full_path(study: Study, target: Target) -> str:
    """The path of a target's file below the repository; empty where it has none."""
    if not target.file:
        return ""
    name = study.environment.name
    top = {
        "": f"dist/{name}/{target.application}",
        ARGOCD: f"dist/{name}/{ARGOCD}",
        BOOTSTRAP: f"{ARGOCD}/{name}",
        SETTINGS: f"{ARGOCD}/{SETTINGS}",
    }
    return f"{top[target.side]}/{target.file}"


def _of_tree(study: Study, path: str) -> Iterator[Target]:
    """What lies where a file does: in its application, or on the Argo CD side."""
    top, _, folder, *_ = [*path.split("/"), ""]
    if top == "dist" and folder != ARGOCD:
        for part in study.parts(list(study.tasks(only=folder))):
            yield from _targets(part)
        return
    for side, part in study.sides().items():
        yield from _targets(part, side, study.environment.name)


def _targets(part: Part, side: str = "", environment: str = "") -> Iterator[Target]:
    """The objects of an application, each with its file where it has one, and its other files."""
    name, folder = part.application.name, part.application.subfolder
    files = dict.fromkeys(part.files)
    for this in part.origins:
        file = "/".join(filter(None, (folder, file_name(this))))
        # Argo CD builds objects from parts of them, some of which are called like the whole.
        there = part.application.source == "directory" and file in files
        about = this.name.removeprefix(f"{environment}-") if side == ARGOCD else side or name
        yield Target(about, this, file if there else "", side)
        if there:
            del files[file]
    for file in files:
        yield Target(name, None, file, side)


def _nearest(wanted: str, known: Iterable[str]) -> str:
    close = get_close_matches(wanted, sorted(known), n=3, cutoff=0.85)
    return f", did you mean {' or '.join(close)}?" if close else ""
