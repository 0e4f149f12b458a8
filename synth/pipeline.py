"""The way from environment files to the trees that Argo CD reads, step after step.

load → build → collect → overlays → rules → plan → emit: each a function of its own module, called
from here in this order. Nothing is written before everything is known to be right.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from synth.app.environment import Outline, gitops_tasks, outline, trees
from synth.app.gitops import repositories, retired_repositories
from synth.app.kubeflow import Upstream
from synth.app.part import Files
from synth.app.pipelines import Compiled
from synth.app.secrets import sealed_problems
from synth.app.tasks import Workers, parts_of
from synth.config.load import Loaded
from synth.config.problems import ConfigurationError, Mark, Problem
from synth.configuration import check_names, clusters, configuration
from synth.kit.application import (
    BOOTSTRAP,
    PARTIAL,
    ROOT,
    application_name,
    gitops_project,
)
from synth.kit.objects import Body, Identity, Origin, Resource, identity
from synth.project import Project
from synth.render import emit, record
from synth.render.cache import Cache
from synth.render.documents import load_all
from synth.render.kustomize import KustomizeError
from synth.render.plan import PlanConflictError
from synth.render.upstream import UpstreamError
from synth.rules.flaws import Rendered
from synth.rules.ownership import Owner, check_argocd_names, check_ownership, check_settings
from synth.shard import WHOLE, Shard
from synth.surroundings import Surroundings
from synth.validation import findings

_LOG = logging.getLogger(__name__)
BUILD_ERRORS = (ConfigurationError, KustomizeError, UpstreamError, PlanConflictError)
"""What `build` raises, where its input is wrong."""
SETTINGS = "argocd/settings"
_TOPS = ("dist", "argocd")


class Progress(Protocol):
    """Hears how far a build has come."""

    def begin(self, applications: int) -> None:
        """So many applications are to be rendered."""

    def advance(self, application: str) -> None:
        """One of them is done."""


_REMEMBERED = 4096
"""Files that are not parsed again for the next environment: several times what a large one has."""


def _bodies(content: bytes) -> Sequence[Body]:
    return load_all(content.decode())


@dataclass(frozen=True)
class Build:
    """What a build came to: every tree that it knows, by its path below the repository.

    `unchanged` trees are known to be in place and have no files here; `stale` ones belong to
    environments that are no more; `foreign` paths stand among them and are not ours. `warnings` are
    what the rules had to say; `inputs` and the digests in `outside` were taken before anything was
    read. `origins` has where the objects of what was rendered come from, by environment, application
    and identity. It is `complete` where it is of all environments.
    """

    loaded: Mapping[str, Loaded]
    trees: Mapping[str, Files]
    origins: Mapping[tuple[str, str, Identity], Origin]
    unchanged: Mapping[str, Mapping[str, str]]
    stale: tuple[str, ...]
    foreign: tuple[Path, ...]
    keys: Mapping[str, str]
    inputs: str
    outside: Mapping[str, str]
    warnings: tuple[Problem, ...]
    complete: bool

    @property
    def files(self) -> Files:
        """Every file that was rendered, by its path below the repository."""
        return {
            f"{tree}/{name}": content
            for tree, files in self.trees.items()
            for name, content in files.items()
        }

    def rendered(self) -> Iterator[tuple[str, Rendered]]:
        """What every environment that was asked for has, with its name, one after the other; nobody
        may change the objects, of which several environments have many alike.
        """
        known: dict[str, list[Identity]] = {name: [] for name in self.keys}
        for name, _, this in self.origins:
            known[name].append(this)
        read = lru_cache(_REMEMBERED)(_bodies)
        for name, its in known.items():
            yield name, Rendered(self.objects(name, read), its)

    def objects(
        self, environment: str, read: Callable[[bytes], Sequence[Body]] = _bodies
    ) -> list[Resource]:
        """The objects of an environment that was rendered, as they are written; what Argo CD builds
        itself is not there.
        """
        found = []
        for path, content in self.trees[f"dist/{environment}"].items():
            application, folder, *_ = path.split("/")
            if folder in PARTIAL or not path.endswith(".yaml"):
                continue
            for body in read(content):
                # A kustomization has no name, and is no object.
                if "name" in body.get("metadata", {}):
                    origin = self.origins[environment, application, identity(body)]
                    found.append(Resource(application, body, origin))
        return found


def pipelines(
    project: Project, cache: Cache, loaded: Mapping[str, Loaded]
) -> Mapping[str, Mapping[str, Compiled]]:
    """The compiled pipelines of environments that no rule has an error for, by environment and
    name. Raises ConfigurationError.
    """
    return Surroundings(project, cache).pipelines(loaded, record.code_digest())


def validated(
    project: Project, shard: Shard = WHOLE, loaded: Mapping[str, Loaded] | None = None
) -> tuple[Mapping[str, Loaded], dict[str, list[Problem]]]:
    """All environments, `loaded` already or not, once no rule has an error for those of the shard, and
    its warnings by environment.

    Raises ConfigurationError.
    """
    loaded = loaded or configuration(project)
    errors = [
        *_stray_overlays(project),
        *_stray_secrets(project, loaded),
        *check_settings(loaded.values()),
    ]
    warnings: dict[str, list[Problem]] = {}
    for name in shard.environments(clusters(loaded)):
        found = findings(project, loaded[name])
        errors += [problem for finding, problem in found if finding.severity == "error"]
        errors += sealed_problems(loaded[name])
        warnings[name] = [problem for finding, problem in found if finding.severity == "warning"]
    _raise(errors)
    return loaded, warnings


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


def _stray_secrets(project: Project, names: Collection[str]) -> list[Problem]:
    """What lies among the folders of SealedSecrets and belongs to no environment."""
    if not project.secrets.is_dir():
        return []
    return [
        Problem(Mark(f"secrets/{path.name}"), "", "there is no environment of this name")
        for path in sorted(project.secrets.iterdir())
        if path.name not in {*names, "README.md"} and not path.name.startswith(".")
    ]


def build(
    project: Project,
    cache: Cache,
    names: Sequence[str],
    progress: Progress,
    *,
    shard: Shard = WHOLE,
    everything: bool = False,
    loaded: Mapping[str, Loaded] | None = None,
) -> Build:
    """Renders the environments called `names`, or all of the shard; those that are as they were are
    skipped, unless `everything` is asked for.

    `loaded` are all environments, where somebody has read them already. Raises BUILD_ERRORS.
    """
    code = record.code_digest()
    inputs = record.inputs_digest(project, code)
    loaded, warnings = validated(project, shard, loaded)
    check_names(loaded, names)
    homes = clusters(loaded)
    chosen = names or shard.environments(homes)
    theirs = {homes[name] for name in chosen}
    together = {name: each for name, each in loaded.items() if homes[name] in theirs}
    surroundings = Surroundings(project, cache)
    hydrations = {name: surroundings.hydration(each) for name, each in together.items()}
    with Upstream(cache) as upstream:
        # Kustomize takes longest, and needs nothing of what comes until it has ended.
        for name, each in together.items():
            upstream.begin(each.environment, hydrations[name])
        compiled = surroundings.pipelines(together, code)
        outlines = {
            name: outline(project.overlays, each, hydrations[name], upstream, code, compiled[name])
            for name, each in together.items()
        }
        keys = {name: outlines[name].key for name in chosen}
        last = record.load(project, cache)
        unchanged = {} if last is None or everything else _unchanged(project, last, keys)
        todo = [outlines[name] for name in keys if f"dist/{name}" not in unchanged]
        for name in keys:
            what = "as it was" if f"dist/{name}" in unchanged else "to be built"
            _LOG.info("%s is %s", name, what)
        _raise(check_argocd_names(_argocd_names(outlines.values())))
        made, origins = _rendered(outlines.values(), todo, cache, progress, code)
    if not shard.first:
        made.pop(SETTINGS, None)
    stale, foreign = _others(project, loaded) if shard.first and not names else ((), ())
    return Build(
        loaded=loaded,
        trees=made,
        origins=origins,
        unchanged=unchanged,
        stale=stale,
        foreign=foreign,
        keys=keys,
        inputs=inputs,
        outside=surroundings.outside,
        warnings=tuple(sorted({each for name in chosen for each in warnings[name]})),
        complete=shard == WHOLE and not names,
    )


def _rendered(
    outlines: Iterable[Outline],
    todo: Sequence[Outline],
    cache: Cache,
    progress: Progress,
    code: str,
) -> tuple[dict[str, Files], dict[tuple[str, str, Identity], Origin]]:
    """The trees of the environments in `todo`, and the origins of everything in them."""
    clusters = {each.environment.cluster.server for each in todo}
    # What an environment may own depends on who else is on its cluster.
    together = [each for each in outlines if each.environment.cluster.server in clusters]
    tasks = [task for each in together for task in each.tasks]
    progress.begin(len({task.key for task in tasks}))
    with Workers() as workers:
        made = parts_of(tasks, cache, progress.advance, workers)
        _raise(
            check_ownership(
                Owner(each.loaded, part.application.name, part.origins)
                for each in together
                for part in each.parts(made)
            )
        )
        sides = [gitops_tasks(each.environment, each.parts(made), code) for each in todo]
        settings = (task for side in sides for task in side.values())
        gitops = parts_of(settings, cache, lambda _: None, workers)
    result: dict[str, Files] = {}
    origins: dict[tuple[str, str, Identity], Origin] = {}
    for each, side in zip(todo, sides, strict=True):
        here = {name: gitops[task.key] for name, task in side.items()}
        result.update(trees(each.environment.name, each.parts(made), here))
        result[SETTINGS] = here["settings"].files
        for part in (*each.parts(made), here["argocd"], here["bootstrap"]):
            for this, origin in part.origins.items():
                origins[each.environment.name, part.application.name, this] = origin
    return result, origins


def _argocd_names(outlines: Iterable[Outline]) -> Iterator[tuple[Loaded, str, str]]:
    """Everything that the environments call their own in Argo CD."""
    for each in outlines:
        name = each.environment.name
        yield each.loaded, "AppProject", name
        yield each.loaded, "AppProject", gitops_project(name)
        own = {*repositories(each.environment), *retired_repositories(each.environment)}
        for team in sorted(own):
            yield each.loaded, "AppProject", application_name(name, team)
        for application in (BOOTSTRAP, ROOT, *(task.application for task in each.tasks)):
            yield each.loaded, "Application", application_name(name, application)


def _raise(problems: Sequence[Problem]) -> None:
    if problems:
        raise ConfigurationError(problems)


def _unchanged(
    project: Project, last: record.Record, keys: Mapping[str, str]
) -> dict[str, Mapping[str, str]]:
    """The trees of environments whose key is the last build's and whose files are in place."""
    if not record.in_place(project, SETTINGS, last):
        return {}
    return {
        tree: last.trees[tree]
        for name, key in keys.items()
        if last.environments.get(name) == key
        and all(record.in_place(project, tree, last) for tree in _trees(name))
        for tree in (*_trees(name), SETTINGS)
    }


def _trees(environment: str) -> tuple[str, ...]:
    return tuple(f"{top}/{environment}" for top in _TOPS)


def _others(
    project: Project, environments: Iterable[str]
) -> tuple[tuple[str, ...], tuple[Path, ...]]:
    """What stands beside the trees of the environments: trees that were ours, and what is not."""
    known = {SETTINGS, *(tree for name in environments for tree in _trees(name))}
    recorded = (
        f"{top}/{name}" for top in _TOPS for name in emit.recorded_trees(project.root / top)
    )
    stale = [tree for tree in recorded if tree not in known]
    foreign = [
        project.root / top / name
        for top in _TOPS
        for name in emit.present_trees(project.root / top)
        if f"{top}/{name}" not in {*known, *stale}
    ]
    return tuple(stale), tuple(foreign)


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
    foreign += result.foreign
    if foreign:
        raise emit.ForeignFilesError(foreign)
    for difference, files in differences:
        emit.apply(difference, files)
    if result.complete:
        trees = {tree: _digests(files) for tree, files in result.trees.items()}
        entry = record.Record(
            result.inputs, result.outside, result.keys, {**result.unchanged, **trees}
        )
        record.save(project, cache, entry)
    return [difference for difference, _ in differences]


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
