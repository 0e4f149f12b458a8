"""Applications still to be rendered: from the cache where it has them, else side by side.

A task's key is a digest of everything that its part is made from; two environments whose tasks
have one key share the part.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from time import perf_counter

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


def parts_of(
    tasks: Iterable[Task], cache: Cache, advance: Callable[[str], None]
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
    for task, result in _started(wanted.values(), kept):
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
    tasks: Iterable[Task], kept: Mapping[str, bytes | None]
) -> Iterator[tuple[Task, Callable[[], Part]]]:
    """Each task with what waits for its part.

    What is kept is read, and Kustomize runs, in the background while Node starts here; many
    constructs are built in as many processes as there are cores, forked before there is any thread.
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
    processes = min(os.cpu_count() or 1, len(constructs) // _SHARE)
    with ExitStack() as stack:
        waiting: list[tuple[Task, Callable[[], Part]]] = [
            (task, partial(_made, task)) for task in constructs
        ]
        if processes > 1:
            _LOG.info("%d applications are made in %d processes", len(constructs), processes)
            pool = stack.enter_context(ProcessPoolExecutor(processes, get_context("fork")))
            waiting = [(task, pool.submit(_made, task).result) for task in constructs]
        thread = stack.enter_context(ThreadPoolExecutor(1))
        waiting += [(task, thread.submit(make).result) for task, make in background]
        yield from waiting


def _made(task: Task) -> Part:
    start = perf_counter()
    part = task.make()
    _LOG.info("%s: rendered in %.2f s", task.application, perf_counter() - start)
    return part
