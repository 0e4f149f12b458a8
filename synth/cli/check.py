"""`synth check`: is `dist/` what the sources say? Names each file that is not; writes nothing."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator

from synth.cli.steps import Silence, everything_in_place, mistakes, repository, users_cache
from synth.render.emit import Difference


def run(options: argparse.Namespace) -> int:
    project = repository(options)
    cache = users_cache()
    rows: list[tuple[str, str]] = []
    names, shard = options.environments, options.shard
    if names or not everything_in_place(project, cache):
        with mistakes():
            from synth.pipeline import build, compare

            result = build(project, cache, names, Silence(), shard=shard)
            rows = [
                (what, f"{difference.root.relative_to(project.root)}/{name}")
                for difference, _ in compare(project, result)
                for what, name in _named(difference)
            ]
            rows += [("foreign", str(path.relative_to(project.root))) for path in result.foreign]
    if options.output == "json":
        print(json.dumps([{"file": file, "state": what} for what, file in rows], indent=2))
    else:
        for what, file in rows:
            print(f"{what}: {file}")
    if rows and options.output == "text":
        print("`synth build` puts it right", file=sys.stderr)
    return 1 if rows else 0


def _named(difference: Difference) -> Iterator[tuple[str, str]]:
    yield from (("missing", name) for name in difference.added)
    yield from (("differs", name) for name in difference.changed)
    yield from (("stale", name) for name in (*difference.removed, *difference.leftover))
    yield from (("foreign", name) for name in difference.foreign)
    if difference.record != difference.recorded:
        yield "differs", "FILES"
