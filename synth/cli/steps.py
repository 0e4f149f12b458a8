"""What several commands begin with: the repository, and a stop where the input is wrong."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn, Self

from synth.project import Project, find_project
from synth.render import record
from synth.render.cache import LIMIT, Cache, default_folder

if TYPE_CHECKING:
    from synth.config.problems import ConfigurationError

_LOG = logging.getLogger(__name__)


def stop(message: object, code: int = 2) -> NoReturn:
    """Ends the command: the input is wrong, or as `code` says."""
    print(message, file=sys.stderr)
    sys.exit(code)


def repository(options: argparse.Namespace) -> Project:
    """The repository that the command works on."""
    try:
        project = find_project(options.directory.resolve())
    except FileNotFoundError as error:
        stop(f"synth: {error}; `synth -C DIR` names another folder")
    _LOG.info("the repository is %s, the cache %s", project.root, default_folder())
    return project


def users_cache() -> Cache:
    """The cache that the environment describes: `KFSYNTH_CACHE` is its folder, `KFSYNTH_CACHE_STORE` a
    store that machines share, `KFSYNTH_CACHE_SECRET` what they seal entries with, and
    `KFSYNTH_CACHE_LIMIT` the folder's size as a quantity (4Gi). Ends the command where that is wrong.
    """
    size, url = os.environ.get("KFSYNTH_CACHE_LIMIT"), os.environ.get("KFSYNTH_CACHE_STORE")
    secret = os.environ.get("KFSYNTH_CACHE_SECRET", "").encode()
    store = None
    if url:
        from synth.render.store import Store, StoreError

        try:
            store = Store(url)
        except StoreError as error:
            stop(f"KFSYNTH_CACHE_STORE: {error}")
    return Cache(default_folder(), store, secret, _bytes(size) if size else LIMIT)


def _bytes(size: str) -> int:
    from synth.kit.quantities import quantity

    try:
        return int(quantity(size))
    except ValueError as error:
        stop(f"KFSYNTH_CACHE_LIMIT: {error}")


def everything_in_place(project: Project, cache: Cache) -> bool:
    """Whether the last build was complete and neither its inputs nor its output have changed."""
    last = record.load(project, cache)
    return last is not None and record.holds(project, last)


@contextmanager
def mistakes() -> Iterator[None]:
    """Ends the command with a message where the input of a step is wrong."""
    from synth.config.problems import ConfigurationError
    from synth.render.emit import ForeignFilesError
    from synth.render.kustomize import KustomizeError
    from synth.render.plan import PlanConflictError
    from synth.render.upstream import UpstreamError

    try:
        yield
    except ConfigurationError as error:
        stop("\n".join([str(error), *_pages(error)]))
    except (KustomizeError, UpstreamError, PlanConflictError) as error:
        stop(error)
    except ForeignFilesError as error:
        stop("\n".join(f"{path}: synth did not write this: move it away" for path in error.paths))


def _pages(error: ConfigurationError) -> Iterator[str]:
    """Where the keys that something is wrong with are explained."""
    from synth.documentation import pages, sections

    page = pages().get("configuration")
    known = sections(page.read_text()) if page else {}
    keys = dict.fromkeys(problem.path.partition(".")[0] for problem in error.problems)
    for key in keys:
        if key in known:
            yield f"`synth docs configuration#{key}` has every key of {key}"


class Silence:
    """No progress is shown."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def begin(self, applications: int) -> None:
        pass

    def advance(self, application: str) -> None:
        pass
