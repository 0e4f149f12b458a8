"""`synth init`: a new repository of this shape, that builds and checks."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from synth.catalog.addons import SELDON_LAST_OPEN
from synth.catalog.kubeflow import RELEASES, Release, load_release
from synth.cli.steps import Silence, mistakes, stop, users_cache
from synth.clients import git
from synth.kit.names import is_label
from synth.kit.versions import minor
from synth.project import Project

if TYPE_CHECKING:
    from synth.scaffold.repository import Answers

_ENVIRONMENTS = ("dev", "staging", "prod")


def run(options: argparse.Namespace) -> int:
    folder = options.folder.resolve()
    answers = _answers(options, folder)
    try:
        # Beside it, so that everything can be moved in as a whole.
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".kfsynth-", dir=folder.parent) as scratch:
            made = Path(scratch).resolve()
            _make(made, answers)
            there = sorted(each.name for each in made.iterdir() if (folder / each.name).exists())
            if there:
                stop(
                    "\n".join(f"{folder / name}: is there already: move it away" for name in there)
                )
            folder.mkdir(exist_ok=True)
            for each in made.iterdir():
                os.rename(each, folder / each.name)
    except NotADirectoryError as error:
        stop(f"{error.filename}: is no folder")
    print(_next(options.folder, answers), file=sys.stderr)
    return 0


def _answers(options: argparse.Namespace, folder: Path) -> Answers:
    """What the options say, and git where they say nothing; ends the command where that is wrong or
    not enough.
    """
    from synth.scaffold.repository import Answers

    minimal = options.minimal
    near = next(each for each in (folder, *folder.parents) if each.is_dir())
    given = argparse.Namespace(
        repo_url=options.repo_url or git.origin(folder),
        environments=tuple(options.environments or _ENVIRONMENTS[: 1 if minimal else None]),
        team=options.team,
        owner=options.owner or git.setting(near, "user.email"),
        release=options.kubeflow or _pinned_release(),
    )
    if wrong := list(_wrong(given)):
        stop("\n".join(f"synth init: {each}" for each in wrong))
    release = load_release(given.release)
    return Answers(
        **vars(given),
        kubernetes=release.kubernetes[-1],
        seldon=_brings_open_seldon(release),
        minimal=minimal,
    )


def _pinned_release() -> str:
    """The newest one whose files pin all that they take from elsewhere."""
    return next(name for name in reversed(RELEASES) if not load_release(name).remotes)


def _brings_open_seldon(release: Release) -> bool:
    """Whether it brings Seldon's operator under a licence that anybody may use it by."""
    versions = [each.seldon for each in release.components.values() if each.seldon]
    return any(minor(version) <= SELDON_LAST_OPEN for version in versions)


def _wrong(given: argparse.Namespace) -> Iterator[str]:
    if not given.repo_url:
        yield "--repo-url says where Argo CD will read it; git knows no remote origin here"
    if not given.owner:
        yield "--owner is the team's, an e-mail address; git knows no user.email here"
    elif "@" not in given.owner:
        yield f"--owner {given.owner}: is no e-mail address"
    if given.release not in RELEASES:
        near = get_close_matches(given.release, RELEASES, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(RELEASES)}"
        yield f"--kubeflow {given.release}: is not known; {hint}"
    names = [("--team", given.team), *(("--environments", name) for name in given.environments)]
    for option, name in names:
        if not is_label(name):
            yield f"{option} {name}: lower-case letters, digits and '-', a letter or digit at both ends"
    if len({*given.environments, "base"}) <= len(given.environments):
        yield "--environments: each name once, and none is base, which is what they share"


def _make(folder: Path, answers: Answers) -> None:
    """The repository's files, and what is built from them."""
    from synth.config.schema import environment_schema_text
    from synth.pipeline import build, write
    from synth.render.emit import write_whole
    from synth.scaffold.repository import files

    schema = {"schemas/environment.json": environment_schema_text().encode()}
    for name, content in {**files(answers), **schema}.items():
        write_whole(folder / name, content)
    with mistakes():
        project, cache = Project(folder), users_cache()
        write(project, cache, build(project, cache, (), Silence()))


def _next(folder: Path, answers: Answers) -> str:
    addresses = (
        "write each cluster's address into environments/, then "
        if len(answers.environments) > 1
        else ""
    )
    return (
        f"{folder}: Kubeflow {answers.release} for {', '.join(answers.environments)}\n"
        f"next: {addresses}cd {folder} && make synth; README.md says how to go on"
    )
