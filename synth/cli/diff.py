"""`synth diff`: what a change means, before it is merged."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from synth.cli.graph import pictures
from synth.cli.steps import Silence, mistakes, repository, stop, users_cache
from synth.clients import ClientError
from synth.clients.git import branched_from, committed
from synth.project import Project
from synth.render.cache import Cache

if TYPE_CHECKING:
    from synth.pipeline import Build
    from synth.review.report import Report


def run(options: argparse.Namespace) -> int:
    project = repository(options)
    cache = users_cache()
    with mistakes():
        from synth.configuration import check_names
        from synth.pipeline import build

        result = build(project, cache, options.environments, Silence(), everything=True)
        check_names(result.loaded, options.order)
    report = _report(project, cache, result, options)
    page = _page(report, result) if options.report or options.output == "html" else ""
    if options.report:
        options.report.write_text(page, encoding="utf-8")
    if options.output == "html":
        sys.stdout.write(page)
    else:
        _show(report, options.output)
    return 1 if report.changes else 0


def _report(project: Project, cache: Cache, result: Build, options: argparse.Namespace) -> Report:
    from synth.cli.past import Past
    from synth.pipeline import SETTINGS
    from synth.render.reference import Builder
    from synth.review.hydration import hydrated
    from synth.review.report import report
    from synth.review.risks.surroundings import Surroundings

    with TemporaryDirectory(prefix="kfsynth-") as scratch:
        try:
            base = options.base or branched_from(project.root)
            before = committed(
                project.root, base, _trees(options.environments, SETTINGS), result.files
            )
            past = Past(project.root, base, Path(scratch).resolve(), cache)
        except ClientError as error:
            stop(f"synth diff: {error}")
        nothing = [] if before else [f"{base} has no dist/: everything is new"]
        builder = Builder(cache, fetching=options.fetch)
        old, new, unbuilt = hydrated(before, result.files, builder)
        environments = {name: loaded.environment for name, loaded in result.loaded.items()}
        around = Surroundings(old, new, environments, options.order)
        made = report(base, around, past.sources(project, result))
        return replace(made, notes=(*nothing, *past.notes, *made.notes, *unbuilt))


def _trees(environments: Sequence[str], settings: str) -> list[str]:
    """Where the base's files are looked for."""
    if not environments:
        return ["dist", "argocd"]
    return [settings, *(f"{top}/{name}" for top in ("dist", "argocd") for name in environments)]


def _page(report: Report, result: Build) -> str:
    from synth.review.forms.html import Graph, as_html
    from synth.review.graph.forms import as_text
    from synth.review.graph.svg import as_svg

    drawn = {name: pictures(result, name) for name in report.environments if name in result.loaded}
    return as_html(
        report, [Graph(name, as_svg(made), as_text(made)) for name, made in drawn.items() if made]
    )


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
