"""`synth cache`: what is kept of earlier builds, and clearing it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby

from synth.cli.steps import stop, users_cache
from synth.kit.table import table
from synth.render.cache import Entry, remove

_KEPT = {
    "builds": "what a repository's last build read and wrote",
    "git": "upstream's files of a release, as they were fetched",
    "makers": "who has written an object, for synth explain",
    "parts": "rendered applications",
    "pipelines": "compiled pipelines",
    "programs": "versions of Kustomize",
    "references": "applications as Argo CD builds them, for synth diff",
    "schema": "the JSON Schema of an environment file",
    "upstream": "upstream's objects of a release, as Kustomize builds them",
}


def run(options: argparse.Namespace) -> int:
    cache = users_cache()
    entries = cache.entries()
    there = {entry.section for entry in entries}
    for section in options.sections:
        if section not in there | _KEPT.keys():
            stop(f"the cache has no section {section} (it can have: {', '.join(_KEPT)})")
    wanted = [each for each in entries if each.section in (options.sections or there)]
    if options.clear:
        for entry in wanted:
            remove(entry)
        number = "1 entry is" if len(wanted) == 1 else f"{len(wanted)} entries are"
        print(f"{number} gone, {_megabytes(wanted)}", file=sys.stderr)
        return 0
    if options.output == "json":
        print(json.dumps(_data(str(cache.folder), cache.limit, wanted), indent=2))
    else:
        print(f"{cache.folder}: {_megabytes(wanted)} of at most {_mb(cache.limit)}")
        rows = [
            (name, str(len(its)), _megabytes(its), _day(its), _KEPT.get(name, "not ours"))
            for name, its in _by_section(wanted)
        ]
        print(table(("SECTION", "ENTRIES", "SIZE", "LAST USED", "HOLDS"), rows))
    return 0


def _by_section(entries: Sequence[Entry]) -> list[tuple[str, list[Entry]]]:
    ordered = sorted(entries, key=lambda entry: entry.section)
    return [(name, list(its)) for name, its in groupby(ordered, lambda entry: entry.section)]


def _data(folder: str, limit: int, entries: Sequence[Entry]) -> dict[str, object]:
    sections = [
        {
            "name": name,
            "entries": len(its),
            "bytes": sum(each.size for each in its),
            "lastUsed": datetime.fromtimestamp(max(each.used for each in its), UTC).isoformat(),
        }
        for name, its in _by_section(entries)
    ]
    return {"folder": folder, "limit": limit, "sections": sections}


def _megabytes(entries: Sequence[Entry]) -> str:
    return _mb(sum(entry.size for entry in entries))


def _mb(size: int) -> str:
    return f"{size / 2**20:.1f} MiB"


def _day(entries: Sequence[Entry]) -> str:
    last = datetime.fromtimestamp(max(entry.used for entry in entries), UTC)
    return f"{last:%Y-%m-%d %H:%M}Z"
