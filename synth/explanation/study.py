"""One environment, whose applications are rendered one by one, as they are or with changes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from synth.app.environment import gitops_tasks, tasks_of
from synth.app.kubeflow import Upstream
from synth.app.part import Part
from synth.app.pipelines import Compiled
from synth.app.tasks import Task, Workers, parts_of
from synth.app.workloads import WORKLOADS
from synth.config.environment import Environment
from synth.config.load import Loaded
from synth.kit.objects import Identity
from synth.project import Project
from synth.render import record
from synth.render.cache import Cache
from synth.render.makers import Maker, Place, observed
from synth.render.overlay import find_overlays
from synth.render.upstream import UpstreamError
from synth.surroundings import Surroundings

_SECTION = "makers"
Laid = Mapping[str, Sequence[Path]]
"""The folders of overlays by application, first to last."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is explained: an object of an application, or a file that is none. `side` is the tree of
    the Argo CD side that it belongs to, as `gitops_tasks` calls it, empty for any other; `file` is
    its path below the application's folder, empty for what Argo CD builds or a chart makes.
    """

    application: str
    object: Identity | None
    file: str = ""
    side: str = ""


@dataclass(frozen=True, slots=True)
class Variation:
    """What an application is rendered from: the environment, overlays and pipelines as given, or
    as they are.
    """

    environment: Environment | None = None
    laid: Laid | None = None
    compiled: Mapping[str, Compiled] | None = None


AS_IT_IS = Variation()


class Study:
    """Renders the applications of an environment; what is only tried is kept from the cache."""

    def __init__(self, project: Project, cache: Cache, loaded: Loaded) -> None:
        self.project = project
        self.loaded = loaded
        self._cache = cache
        self._scratch = Scratch(cache)
        self._code = record.code_digest()
        self._surroundings = Surroundings(project, self._scratch)
        self._hydration = self._surroundings.hydration(loaded)
        self._upstream = Upstream(self._scratch)
        self.laid: Laid = find_overlays(project.overlays, loaded.chain)

    @property
    def environment(self) -> Environment:
        """The environment as it is."""
        return self.loaded.environment

    @cached_property
    def compiled(self) -> Mapping[str, Compiled]:
        """The environment's pipelines, by name."""
        return self._pipelines(self.loaded)

    def tasks(self, given: Variation = AS_IT_IS, only: str = "") -> Iterator[Task]:
        """The applications that there would be, or the one that is called `only`."""
        if not only or only.startswith("kubeflow-"):
            self._check_upstream(given.environment or self.environment)
        tasks = self._tasks(given, compiles=not only or compiles(only))
        return (task for task in tasks if only in ("", task.application))

    def _tasks(self, given: Variation, *, compiles: bool) -> Iterator[Task]:
        environment = given.environment or self.environment
        compiled = given.compiled
        if compiled is None:
            compiled = self._compiled(environment) if compiles else {}
        return tasks_of(
            environment,
            self.laid if given.laid is None else given.laid,
            self._hydration,
            self._upstream,
            self._code,
            compiled,
            self.loaded.sealed,
        )

    def task(self, target: Target, given: Variation = AS_IT_IS) -> Task:
        """What renders a target. Raises what something wrong makes it raise."""
        environment = given.environment or self.environment
        if not target.side:
            return next(self.tasks(given, target.application))
        needed = list(self._needed(target, given))
        return gitops_tasks(environment, self.parts(needed), self._code)[target.side]

    def parts(self, tasks: Sequence[Task]) -> list[Part]:
        """The rendered applications, in the order of the tasks."""
        with Workers() as workers:
            made = parts_of(tasks, self._scratch, lambda _: None, workers)
        return [made[task.key] for task in tasks]

    def sides(self) -> dict[str, Part]:
        """The Argo CD side, by tree."""
        everything = self.parts(list(self.tasks()))
        sides = gitops_tasks(self.environment, everything, self._code)
        return dict(zip(sides, self.parts(list(sides.values())), strict=True))

    def makers(self, task: Task) -> tuple[dict[Identity, Maker], dict[str, Place]]:
        """Who wrote the objects of an application, and its files that are none."""

        def look() -> bytes:
            _, makers, files = observed(task.make)
            return json.dumps([[[each, *maker] for each, maker in makers.items()], files]).encode()

        makers, files = json.loads(self._cache.made(_SECTION, task.key, look))
        return (
            {
                Identity(*each): Maker(*(Place(*place) if place else None for place in found))
                for each, *found in makers
            },
            {name: Place(*place) for name, place in files.items()},
        )

    def _needed(self, target: Target, given: Variation) -> Iterator[Task]:
        """The applications that decide what Argo CD is told in a target: of an Application its own,
        of a project all of them.
        """
        kind = target.object.kind if target.object else ""
        if kind == "AppProject":
            yield from self.tasks(given)
        elif target.side == "argocd":
            yield from self.tasks(given, target.application)

    def _check_upstream(self, environment: Environment) -> None:
        """Raises UpstreamError for what would be built from other files than are at hand."""
        here = _built_from(self.environment)
        if _built_from(environment) != here:
            raise UpstreamError("only the files of this release are at hand")

    def _compiled(self, environment: Environment) -> Mapping[str, Compiled]:
        here = self.environment
        same = (environment.pipelines, environment.kubeflow, environment.registry) == (
            here.pipelines,
            here.kubeflow,
            here.registry,
        )
        return (
            self.compiled
            if same
            else self._pipelines(replace(self.loaded, environment=environment))
        )

    def _pipelines(self, loaded: Loaded) -> Mapping[str, Compiled]:
        if not loaded.environment.pipelines:
            return {}
        return self._surroundings.pipelines({"": loaded}, self._code)[""]


class Scratch(Cache):
    """A cache that keeps what is put into it to itself."""

    def __init__(self, under: Cache) -> None:
        super().__init__(under.folder)
        self._under = under
        self._own: dict[tuple[str, str], bytes] = {}

    def get(self, section: str, key: str) -> bytes | None:
        return self._own.get((section, key)) or self._under.get(section, key)

    def has(self, section: str, key: str) -> bool:
        return (section, key) in self._own or self._under.has(section, key)

    def put(self, section: str, key: str, data: bytes) -> None:
        self._own[section, key] = data


def _built_from(environment: Environment) -> tuple[object, ...]:
    """What decides which of upstream's files are built here; nothing where Argo CD builds them."""
    kubeflow = environment.kubeflow
    if kubeflow is None or kubeflow.source == "reference":
        return ()
    return kubeflow.release, kubeflow.upstream, tuple(sorted(kubeflow.remotes.items()))


def compiles(application: str) -> bool:
    """Whether an application is made of compiled pipelines."""
    return application in WORKLOADS and WORKLOADS[application].compiles
