"""`synth explain`: where an object, or a field of it, comes from."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from synth.cli.steps import mistakes, repository, stop, users_cache

if TYPE_CHECKING:
    from synth.explanation.study import Study, Target
    from synth.review.explain.answer import Answer
    from synth.review.explain.fields import Way


def run(options: argparse.Namespace) -> int:
    if len(options.what) > 2:
        stop("synth explain: give one file, or an environment and KIND/NAME")
    with mistakes():
        from synth.explanation.targets import NotFoundError
        from synth.review.explain.answer import as_json, as_text
        from synth.review.explain.fields import FieldError

        try:
            found = _answer(options)
        except (NotFoundError, FieldError) as error:
            stop(f"synth explain: {error}")
    print(as_json(found) if options.output == "json" else as_text(found))
    return 0


def _answer(options: argparse.Namespace) -> Answer:
    from synth.explanation.answers import answer, explained
    from synth.explanation.targets import NotFoundError

    study, target, line = _target(options)
    found = answer(study, target)
    way = _way(options.field, line, study, target)
    if way is None:
        return found
    if not target.file:
        raise NotFoundError(f"{target.object} stands in no file of dist/: {found.notes[0]}")
    return replace(found, field=explained(study, target, way))


def _target(options: argparse.Namespace) -> tuple[Study, Target, int | None]:
    from synth.configuration import check_names, configuration
    from synth.explanation.study import Study
    from synth.explanation.targets import (
        NotFoundError,
        below_root,
        environment_of,
        file_target,
        object_target,
        split,
    )

    project, cache = repository(options), users_cache()
    environments = configuration(project)
    if len(options.what) == 1:
        text, line = split(options.what[0])
        path = below_root(project, text)
        study = Study(project, cache, environments[environment_of(path, environments)])
        return study, file_target(study, path), line
    name, wanted = options.what
    check_names(environments, [name])
    kind, slash, called = wanted.partition("/")
    if not slash:
        raise NotFoundError(f"{wanted!r} is no KIND/NAME, such as Deployment/{wanted}")
    study = Study(project, cache, environments[name])
    return study, object_target(study, kind, called, options.namespace), None


def _way(field: str | None, line: int | None, study: Study, target: Target) -> Way | None:
    from synth.explanation.targets import full_path
    from synth.review.explain.fields import at_line, parse

    if field is not None:
        return parse(field)
    if line is None:
        return None
    return at_line((study.project.root / full_path(study, target)).read_text(), line)
