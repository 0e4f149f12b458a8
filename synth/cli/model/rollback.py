"""`synth model rollback`: the canary goes, or what was stable before comes back."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from synth.cli.model.change import Place, asked, change
from synth.clients.git import extract, revisions
from synth.config.load import SUFFIXES, read
from synth.edit.history import State, goal, state_in
from synth.edit.variants import Release, rolled_back


def run(options: argparse.Namespace) -> int:
    it = asked(options)

    def before(current: Release) -> Release | None:
        return goal(current, _states(it))

    # KServe would send everything to a canary that is taken out, until stable is ready again.
    parks = it.model.engine == "kserve"
    return change(it, lambda: rolled_back(it.model.variants, before, parks=parks), step="promote")


def _states(it: Place) -> Iterator[State | None]:
    """What the environment served at each commit, the newest first."""
    root, name = it.project.root, it.loaded.environment.name
    paths = [
        f"environments/{stem}{suffix}" for stem in it.loaded.chain for suffix in ("", *SUFFIXES)
    ]
    for revision in revisions(root, paths):
        with TemporaryDirectory() as scratch:
            there = extract(root, revision, paths, Path(scratch))
            past = read(Path(scratch, "environments"), name) if there else None
        yield state_in(past, it.model.name)
