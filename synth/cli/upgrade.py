"""`synth upgrade`: what another release of Kubeflow means, as a checklist; and the edit itself."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Mapping
from itertools import chain

from synth.app.part import Files
from synth.catalog.kubeflow import RELEASES
from synth.cli.steps import Silence, mistakes, repository, stop, users_cache
from synth.config.load import Loaded
from synth.configuration import configuration
from synth.edit.environment import Change
from synth.edit.files import ChangedMeanwhileError, Rewrite, edited, tried, write
from synth.edit.text import EditError
from synth.pipeline import BUILD_ERRORS, Build, build
from synth.project import Project
from synth.render.cache import Cache
from synth.render.overlay import find_overlays
from synth.render.reference import Builder
from synth.review.comparison import compare
from synth.review.hydration import hydrated
from synth.review.risks.found import risks
from synth.review.risks.kinds import Risk
from synth.review.risks.surroundings import Surroundings
from synth.review.upgrade import Case, Checklist, checklist, unknown_switches
from synth.validation import Placed, findings


def run(options: argparse.Namespace) -> int:
    project = repository(options)
    if options.to not in RELEASES:
        stop(f"synth upgrade: {_unknown(options.to)}")
    with mistakes():
        loaded = _with_kubeflow(project, options)
        todo = [each for each in loaded.values() if _release(each) != options.to]
        for name, each in loaded.items():
            if each not in todo:
                print(f"{name} runs Kubeflow {options.to} already", file=sys.stderr)
        names = [each.environment.name for each in todo]
        rewrites = {name: _edit(project, loaded[name], options.to) for name in names}
        lists: list[Checklist] = []
        if todo:
            cache = users_cache()
            builder = Builder(cache, fetching=options.fetch)
            result = build(project, cache, names, Silence(), everything=True)
            with edited(project.environments, chain(*rewrites.values())) as folder:
                there = Project(project.root, folder)
                after = configuration(there)
                for name in names:
                    risked = _risks(there, result, name, cache, builder)
                    lists.append(_list(project, there, result, loaded[name], after[name], risked))
    _show(lists, options.output)
    if options.write:
        _write(project, rewrites)
    return int(any(each.steps for each in lists))


def _unknown(release: str) -> str:
    close = difflib.get_close_matches(release, RELEASES, n=1)
    hint = f", did you mean {close[0]!r}?" if close else ""
    return f"there is no Kubeflow release {release!r}{hint} (known: {', '.join(RELEASES)})"


def _with_kubeflow(project: Project, options: argparse.Namespace) -> dict[str, Loaded]:
    """The environments that were asked for; of all, those that have Kubeflow."""
    loaded = configuration(project, options.environments)
    without = [name for name, each in loaded.items() if each.environment.kubeflow is None]
    if without and (options.environments or len(without) == len(loaded)):
        stop(f"synth upgrade: {without[0]} has no kubeflow: there is no release to go from")
    return {name: each for name, each in loaded.items() if name not in without}


def _release(loaded: Loaded) -> str:
    kubeflow = loaded.environment.kubeflow
    assert kubeflow, "others were left out"
    return kubeflow.release


def _wanted(loaded: Loaded, to: str) -> list[Change]:
    """The release, without switches that it does not have."""
    assert loaded.environment.kubeflow, "others were left out"
    switches = unknown_switches(loaded.environment.kubeflow, to)
    gone = [Change(("kubeflow", "components", switch), None) for switch in switches]
    return [Change(("kubeflow", "release"), to), *gone]


def _edit(project: Project, loaded: Loaded, to: str) -> list[Rewrite]:
    """The environment's own files with that release; whatever the rules say of it."""
    name = loaded.environment.name
    try:
        return tried(
            project.root,
            loaded,
            _wanted(loaded, to),
            lambda folder: configuration(Project(project.root, folder))[name],
            lambda after: _release(after) == to,
        )
    except EditError as error:
        return stop(f"{name}: {error}")


def _list(
    project: Project,
    there: Project,
    result: Build,
    before: Loaded,
    after: Loaded,
    risked: tuple[list[Risk], str],
) -> Checklist:
    environment = before.environment
    assert environment.kubeflow, "others were left out"
    known = {finding for finding, _ in findings(project, before)}
    new: list[Placed] = [each for each in findings(there, after) if each[0] not in known]
    case = Case(
        before,
        environment.kubeflow,
        result.objects(environment.name),
        find_overlays(project.overlays, before.chain),
        new,
        *risked,
    )
    return checklist(case, _release(after))


def _risks(
    there: Project, result: Build, name: str, cache: Cache, builder: Builder
) -> tuple[list[Risk], str]:
    """What an environment risks by what it becomes; or why that is not known, in a line. Upstream's
    files are looked into where `builder` has them.
    """
    try:
        after = build(there, cache, [name], Silence(), everything=True)
    except BUILD_ERRORS as error:
        return [], str(error).partition("\n")[0]
    before, will_be, _ = hydrated(_own(result, name), _own(after, name), builder)
    around = Surroundings(before, will_be, {name: after.loaded[name].environment})
    return list(risks(compare(before, will_be), around)), ""


def _own(result: Build, name: str) -> Files:
    """The files of one environment."""
    own = (f"dist/{name}/", f"argocd/{name}/")
    return {path: content for path, content in result.files.items() if path.startswith(own)}


def _show(lists: list[Checklist], form: str) -> None:
    from synth.review.forms import checklist as forms

    shown = {"text": forms.as_text, "markdown": forms.as_markdown, "json": forms.as_json}[form]
    if lists or form == "json":
        print(shown(lists).rstrip("\n"))


def _write(project: Project, rewrites: Mapping[str, list[Rewrite]]) -> None:
    try:
        for each in rewrites.values():
            write(project.root, each)
    except ChangedMeanwhileError as error:
        stop(f"synth upgrade: {error}")
    for rewrite in chain(*rewrites.values()):
        print(f"{rewrite.name} is written", file=sys.stderr)
    if rewrites:
        print(
            "`synth validate` says whether all is right, `synth diff` what it does object by object, "
            "`synth build` writes dist/; the commit is yours",
            file=sys.stderr,
        )
