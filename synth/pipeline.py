"""The way from environment files to the trees that Argo CD reads, step after step.

load → build → collect → overlays → rules → plan → emit: each a function of its own module, called
from here in this order. Nothing is written before everything is known to be right.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path

from synth.catalog.kubeflow import RELEASES, load_release
from synth.config.kubeflow import KUBEFLOW_RELEASES
from synth.config.load import Loaded, load, plain
from synth.config.problems import ConfigurationError, Mark, Problem
from synth.environment import Files, Hydration, Rendered, render
from synth.project import Project
from synth.render import emit, record
from synth.render.cache import Cache, digest, folder_digest
from synth.render.kustomize import find_kustomize
from synth.render.overlay import find_overlays
from synth.render.upstream import fetch, tree_digest
from synth.rules.findings import Finding
from synth.rules.kubeflow import check_kubeflow

Report = Callable[[str], None]
SETTINGS = "argocd/settings"


@dataclass(frozen=True)
class Build:
    """What a build came to: every tree that it knows, by its path below the repository.

    `unchanged` trees are known to be in place and have no files here; `stale` ones belong to
    environments that are no more. `warnings` are what the rules had to say.
    """

    trees: Mapping[str, Files]
    unchanged: Mapping[str, Mapping[str, str]]
    stale: tuple[str, ...]
    keys: Mapping[str, str]
    outside: Mapping[str, str]
    warnings: tuple[Problem, ...]
    complete: bool


def configuration(project: Project, names: Sequence[str] = ()) -> dict[str, Loaded]:
    """The environments called `names` (all of them where none is named), by name.

    Mistakes in any environment are mistakes: files are shared through `extends`.
    Raises ConfigurationError.
    """
    loaded = load(project.environments, {KUBEFLOW_RELEASES: RELEASES})
    there = ", ".join(loaded)
    unknown = [
        Problem(Mark("environments"), "", f"there is no environment {name!r} (there: {there})")
        for name in names
        if name not in loaded
    ]
    if unknown:
        raise ConfigurationError(unknown)
    return {name: loaded[name] for name in names or loaded}


def findings(loaded: Iterable[Loaded]) -> list[tuple[Finding, Problem]]:
    """What the rules say of each environment, with the place it was written."""
    return [
        (finding, Problem(each.mark(*finding.key.split(".", 2)), finding.key, finding.message))
        for each in loaded
        for finding in sorted(check_kubeflow(each.environment))
    ]


def validated(project: Project, names: Sequence[str]) -> tuple[dict[str, Loaded], list[Problem]]:
    """The environments, once no rule has an error, and the warnings. Raises ConfigurationError."""
    loaded = configuration(project, names)
    found = findings(loaded.values())
    errors = [problem for finding, problem in found if finding.severity == "error"]
    errors += _stray_overlays(project)
    if errors:
        raise ConfigurationError(errors)
    return loaded, sorted({problem for finding, problem in found if finding.severity == "warning"})


def _stray_overlays(project: Project) -> list[Problem]:
    """Overlay folders that no environment or base is called like."""
    if not project.overlays.is_dir():
        return []
    stems = {path.stem for path in project.environments.iterdir()}
    return [
        Problem(Mark(f"overlays/{path.name}"), "", "there is no environment or base of this name")
        for path in sorted(project.overlays.iterdir())
        if path.is_dir() and path.name not in stems
    ]


def build(
    project: Project,
    cache: Cache,
    names: Sequence[str],
    report: Report,
    *,
    everything: bool = False,
) -> Build:
    """Renders the environments called `names`, or all; those that are as they were are skipped,
    unless `everything` is asked for.

    Raises ConfigurationError, KustomizeError, UpstreamError, PlanConflictError.
    """
    loaded, warnings = validated(project, names)
    code = record.code_digest()
    hydrations = {name: _hydration(project, each, cache) for name, each in loaded.items()}
    keys = {
        name: digest(code, _inputs(project, each), *hydrations[name].key_parts())
        for name, each in loaded.items()
    }
    last = record.load(project, cache)
    unchanged = {} if last is None or everything else _unchanged(project, last, keys)
    todo = [each for name, each in loaded.items() if f"dist/{name}" not in unchanged]
    report(f"rendering {len(todo)} of {len(loaded)} environments")
    jobs = [(project.overlays, each, hydrations[each.environment.name], cache) for each in todo]
    trees: dict[str, Files] = {}
    for rendered in _in_parallel(render, jobs):
        name = rendered.name
        trees[f"dist/{name}"] = rendered.dist
        trees[f"argocd/{name}"] = rendered.argocd
        _agree(trees.setdefault(SETTINGS, rendered.settings), rendered)
    if SETTINGS not in trees and last is not None:
        unchanged[SETTINGS] = last.trees[SETTINGS]
    complete = not names
    stale = _stale(project, {*trees, *unchanged}) if complete else ()
    outside = {path: value for each in hydrations.values() for path, value in each.outside.items()}
    return Build(trees, unchanged, stale, keys, outside, tuple(warnings), complete)


def _inputs(project: Project, loaded: Loaded) -> str:
    overlays = (folder_digest(project.overlays / stem) for stem in loaded.chain)
    return digest(json.dumps(plain(loaded.tree), sort_keys=True), *overlays)


def _hydration(project: Project, loaded: Loaded, cache: Cache) -> Hydration:
    """Where Kubeflow's files come from and which Kustomize builds, where that is needed."""
    kubeflow = loaded.environment.kubeflow
    overlays = find_overlays(project.overlays, loaded.chain)
    hydrated = kubeflow is not None and kubeflow.source == "hydrated"
    own_overlays = any(not name.startswith("kubeflow-") for name in overlays)
    if not (hydrated or own_overlays):
        return Hydration()
    accepted = load_release(kubeflow.release).kustomize if kubeflow else ("5.5.0", "5.8.1")
    kustomize = find_kustomize(accepted)
    outside = {str(kustomize.path): folder_digest(kustomize.path)}
    if not (hydrated and kubeflow):
        return Hydration(kustomize, outside=outside)
    local = os.environ.get("KFSYNTH_UPSTREAM") or kubeflow.upstream
    tree = project.root / local if local else fetch(load_release(kubeflow.release), cache)
    if not (tree / "example").is_dir():
        mark = loaded.mark("kubeflow", "upstream")
        message = f"{local} is no copy of kubeflow/manifests: it has no folder example/"
        raise ConfigurationError([Problem(mark, "kubeflow.upstream", message)])
    content = tree_digest(tree)
    return Hydration(kustomize, tree, content, {**outside, str(tree): content})


def _unchanged(
    project: Project, last: record.Record, keys: Mapping[str, str]
) -> dict[str, Mapping[str, str]]:
    """The trees of environments whose key is the last build's and whose files are in place."""
    return {
        tree: last.trees[tree]
        for name, key in keys.items()
        if last.environments.get(name) == key
        and all(
            record.in_place(project, each, last)
            for each in (f"dist/{name}", f"argocd/{name}", SETTINGS)
        )
        for tree in (f"dist/{name}", f"argocd/{name}")
    }


def _in_parallel(
    function: Callable[..., Rendered], jobs: Sequence[tuple[object, ...]]
) -> Iterable[Rendered]:
    """One process per core where there is more than one job; Node runs in each."""
    if len(jobs) < 2:
        return [function(*job) for job in jobs]
    with ProcessPoolExecutor(
        min(len(jobs), os.cpu_count() or 1), mp_context=get_context("fork")
    ) as pool:
        return list(pool.map(function, *zip(*jobs, strict=True)))


def _agree(settings: Files, rendered: Rendered) -> None:
    """Argo CD's settings are there once, so every environment must want the same."""
    if settings != rendered.settings:
        mark = Mark(f"environments/{rendered.name}.yaml")
        message = "gitops differs from other environments': they share argocd/settings"
        raise ConfigurationError([Problem(mark, "gitops", message)])


def _stale(project: Project, known: set[str]) -> tuple[str, ...]:
    return tuple(
        f"{top}/{name}"
        for top in ("dist", "argocd")
        for name in emit.recorded_trees(project.root / top)
        if f"{top}/{name}" not in known
    )


def compare(project: Project, result: Build) -> list[tuple[emit.Difference, Files]]:
    """How the trees on disk differ from the build's; only trees that do."""
    wanted: dict[str, Files] = {**result.trees, **{tree: {} for tree in result.stale}}
    differences = [
        (emit.compare(project.root / tree, files), files) for tree, files in sorted(wanted.items())
    ]
    return [(difference, files) for difference, files in differences if not difference.in_place]


def write(project: Project, cache: Cache, result: Build) -> list[emit.Difference]:
    """Makes the trees on disk what the build says and remembers it.

    Raises emit.ForeignFilesError before anything is written.
    """
    differences = compare(project, result)
    foreign = [each.root / name for each, _ in differences for name in each.foreign]
    foreign += foreign_trees(project, result)
    if foreign:
        raise emit.ForeignFilesError(foreign)
    inputs = record.inputs_digest(project)
    for difference, files in differences:
        emit.apply(difference, files)
    if result.complete:
        trees = {tree: _digests(files) for tree, files in result.trees.items()}
        entry = record.Record(inputs, result.outside, result.keys, {**result.unchanged, **trees})
        record.save(project, cache, entry)
    return [difference for difference, _ in differences]


def foreign_trees(project: Project, result: Build) -> list[Path]:
    """What stands in dist/ and argocd/ and is no tree of ours."""
    known = {*result.trees, *result.unchanged, *result.stale}
    if not result.complete:
        return []
    return [
        project.root / top / name
        for top in ("dist", "argocd")
        if (project.root / top).is_dir()
        for name in sorted(os.listdir(project.root / top))
        if f"{top}/{name}" not in known
    ]


def _digests(files: Files) -> dict[str, str]:
    content = {**files, emit.RECORD: emit.record_text(sorted(files))}
    return {name: sha256(data).hexdigest() for name, data in content.items()}


def summary(difference: emit.Difference) -> str:
    """`3 added, 1 changed`, for a message."""
    counts = Counter(
        added=len(difference.added),
        changed=len(difference.changed),
        removed=len(difference.removed) + len(difference.leftover),
    )
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "record only"
