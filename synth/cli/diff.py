"""`synth diff`: what a change means, before it is merged."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from synth.cli.steps import Silence, mistakes, repository, stop
from synth.clients import ClientError
from synth.clients.git import branched_from, committed, extract
from synth.project import Project
from synth.render.cache import Cache, default_folder, folder_digest

if TYPE_CHECKING:
    from synth.pipeline import Build
    from synth.review.causes import Sources
    from synth.review.report import Report

_MADE_FROM = ("environments", "overlays", "pipelines")
"""What environments are built from; their base is read to name causes, and for nothing else."""


def run(options: argparse.Namespace) -> int:
    project = repository(options)
    cache = Cache(default_folder())
    with mistakes():
        from synth.pipeline import build, check_names

        result = build(project, cache, options.environments, Silence(), everything=True)
        check_names(result.loaded, options.order)
    report = _report(project, cache, result, options)
    _show(report, options.output)
    return 1 if report.changes else 0


def _report(project: Project, cache: Cache, result: Build, options: argparse.Namespace) -> Report:
    from synth.review.report import report
    from synth.review.risks import Surroundings

    after = {
        f"{tree}/{name}": content
        for tree, files in result.trees.items()
        for name, content in files.items()
    }
    try:
        base = options.base or branched_from(project.root)
        before = committed(project.root, base, _trees(options.environments), after)
    except ClientError as error:
        stop(f"synth diff: {options.base or 'HEAD'}: {error}")
    notes = [] if before else [f"{base} has no dist/: everything is new"]
    sources, unknown = _sources(project, cache, result, base, options.environments)
    environments = {name: loaded.environment for name, loaded in result.loaded.items()}
    around = Surroundings(before, after, environments, options.order)
    return report(base, around, sources, [*notes, *unknown])


def _trees(environments: Sequence[str]) -> list[str]:
    """Where the base's files are looked for."""
    if not environments:
        return ["dist", "argocd"]
    return [
        "argocd/settings",
        *(f"{top}/{each}" for top in ("dist", "argocd") for each in environments),
    ]


def _sources(
    project: Project, cache: Cache, result: Build, base: str, names: Sequence[str]
) -> tuple[Sources, list[str]]:
    """What both sides were made from, and why causes are left out, where they are."""
    from synth.config.problems import ConfigurationError
    from synth.pipeline import build
    from synth.render.kustomize import KustomizeError
    from synth.render.plan import PlanConflictError
    from synth.render.upstream import UpstreamError
    from synth.review.causes import Sources

    with TemporaryDirectory(prefix="kfsynth-") as scratch:
        past = Project(Path(scratch).resolve())
        try:
            extract(project.root, base, _MADE_FROM, past.root)
            there = [name for name in names if (past.environments / name).exists()]
            made = build(past, cache, there, Silence(), everything=True)
        except (
            ConfigurationError,
            KustomizeError,
            UpstreamError,
            PlanConflictError,
            OSError,
        ) as error:
            first = str(error).partition("\n")[0]
            return Sources(), [f"causes are left out, since {base} does not build: {first}"]
        overlays = tuple(_changed_overlays(past, project))
    return Sources(made.loaded, result.loaded, made.origins, result.origins, overlays), []


def _changed_overlays(before: Project, after: Project) -> Iterator[str]:
    """Overlays that are not what they were."""
    old, new = _overlays(before), _overlays(after)
    yield from (
        f"overlays/{each}" for each in sorted({*old, *new}) if old.get(each) != new.get(each)
    )


def _overlays(project: Project) -> Mapping[str, str]:
    return {
        str(folder.relative_to(project.overlays)): folder_digest(folder)
        for folder in project.overlays.glob("*/*")
        if folder.is_dir()
    }


def _show(report: Report, form: str) -> None:
    if form == "json":
        from synth.review.forms.data import as_json

        print(as_json(report))
    elif form == "markdown":
        from synth.review.forms.markdown import as_markdown

        sys.stdout.write(as_markdown(report))
    else:
        from rich.console import Console

        from synth.review.forms.text import as_text

        Console(highlight=False, soft_wrap=True).print(as_text(report))
