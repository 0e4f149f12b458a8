"""`synth model rollback`: the canary goes, or what was stable before comes back."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from synth.cli.model.change import asked, change
from synth.clients.git import extract, revisions
from synth.config.load import read
from synth.edit.history import State, goal, state_in
from synth.edit.variants import Release, rolled_back
from synth.project import Project


def run(options: argparse.Namespace) -> int:
    it = asked(options)

    def before(current: Release) -> Release | None:
        return goal(current, _states(it.project, options))

    return change(it, lambda: rolled_back(it.model.variants, before), step="promote")


def _states(project: Project, options: argparse.Namespace) -> Iterator[State | None]:
    """What the environment served at each commit, the newest first."""
    folder = project.environments.name
    for revision in revisions(project.root, folder):
        with TemporaryDirectory() as scratch:
            there = extract(project.root, revision, folder, Path(scratch))
            state = read(Path(scratch, folder), options.env) if there else None
        yield state_in(state, options.model)
