"""What an environment served before, as git knows it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from synth.cli.model.change import Place
from synth.clients.git import extract, revisions
from synth.config.load import SUFFIXES, read
from synth.edit.history import State, state_in


def states(it: Place, since: str = "") -> Iterator[State | None]:
    """What the environment served at each commit, or at those since a time in ISO 8601, the newest
    first. Raises GitError.
    """
    root, name = it.project.root, it.loaded.environment.name
    paths = [
        f"environments/{stem}{suffix}" for stem in it.loaded.chain for suffix in ("", *SUFFIXES)
    ]
    for revision in revisions(root, paths, since):
        with TemporaryDirectory() as scratch:
            there = extract(root, revision, paths, Path(scratch))
            past = read(Path(scratch, "environments"), name) if there else None
        yield state_in(past, it.model.name)
