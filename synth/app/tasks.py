"""Applications still to be rendered: from the cache where it has them, else side by side.

A task's key is a digest of everything that its part is made from; two environments whose tasks
have one key share the part.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from time import perf_counter
from typing import Self

from synth.app.part import Part, decode, encode
from synth.config.problems import ConfigurationError, Problem
from synth.render.cache import Cache

_LOG = logging.getLogger(__name__)
_SECTION = "parts"
_SHARE = 50
"""So many tasks are worth the half second in which another process starts a Node of its own."""


@dataclass(frozen=True, slots=True)
class Task:
    """One application to be rendered; `make` is a function of what `key` is a digest of.

    `constructs` says that it needs Node, which belongs to the process that first asks for it; the
    others mostly wait for Kustomize.
    """

    application: str
    key: str
    make: Callable[[], Part]
    constructs: bool = False


class Workers:
    """The processes that many constructs are built in, each with a Node of its own: as many as there
    are cores, started where there is enough to do, and ended with the block.
    """

    def __init__(self) -> None:
        self._running: ProcessPoolExecutor | None = None
        self._ending = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.close()

    def enough_for(self, constructs: int) -> ProcessPoolExecutor | None:
        """Those that run already, or new ones; None where one process does as well."""
        processes = min(os.cpu_count() or 1, constructs // _SHARE)
        if self._running is None and processes > 1:
            # A process of a pool ends without removing its temporary files, of which jsii makes some.
            files = self._ending.enter_context(
                tempfile.TemporaryDirectory(prefix="kfsynth-", ignore_cleanup_errors=True)
            )
            # Forked before there is any thread.
            self._running = ProcessPoolExecutor(
                processes, get_context("fork"), _put_temporary_files_in, (files,)
            )
            self._ending.enter_context(self._running)
        if self._running and constructs:
            _LOG.info("%d applications are made by several processes", constructs)
            return self._running
        return None


def _put_temporary_files_in(folder: str) -> None:
    tempfile.tempdir = folder


def parts_of(
    tasks: Iterable[Task], cache: Cache, advance: Callable[[str], None], workers: Workers
) -> dict[str, Part]:
    """The parts of all tasks by key, each made once; `advance` hears the name of every one.

    Raises what the tasks raise: a ConfigurationError with the problems of all of them.
    """
    problems: list[Problem] = []
    parts: dict[str, Part] = {}
    wanted = {task.key: task for task in tasks}
    kept = cache.get_all(_SECTION, wanted)
    there = sum(data is not None for data in kept.values())
    _LOG.info("%d applications are in the cache, %d are not", there, len(kept) - there)
    for task, result in _started(wanted.values(), kept, workers):
        try:
            parts[task.key] = result()
        except ConfigurationError as error:
            problems += error.problems
        else:
            if kept[task.key] is None:
                cache.put(_SECTION, task.key, encode(parts[task.key]))
        advance(task.application)
    if not all(kept.values()):
        cache.trim()
    if problems:
        raise ConfigurationError(problems)
    return parts


def _started(
    tasks: Iterable[Task], kept: Mapping[str, bytes | None], workers: Workers
) -> Iterator[tuple[Task, Callable[[], Part]]]:
    """Each task with what waits for its part.

    What is kept is read, and Kustomize runs, in the background while Node starts here; many
    constructs are built by the workers.
    """
    background: list[tuple[Task, Callable[[], Part]]] = []
    constructs = []
    for task in tasks:
        data = kept[task.key]
        if data is not None:
            background.append((task, partial(decode, data)))
        elif task.constructs:
            constructs.append(task)
        else:
            background.append((task, partial(_made, task)))
    waiting: list[tuple[Task, Callable[[], Part]]]
    waiting = [(task, partial(_made, task)) for task in constructs]
    if processes := workers.enough_for(len(constructs)):
        waiting = [(task, processes.submit(_made, task).result) for task in constructs]
    with ThreadPoolExecutor(1) as thread:
        waiting += [(task, thread.submit(make).result) for task, make in background]
        yield from waiting


def _made(task: Task) -> Part:
    start = perf_counter()
    part = task.make()
    _LOG.info("%s: rendered in %.2f s", task.application, perf_counter() - start)
    return part
