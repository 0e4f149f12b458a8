"""`synth propose`: a step of `synth model`, made in a clone and proposed as a merge request.

This is how a workflow deploys: what is online changes through git and in no other way. There is one
merge request per model and environment; the next proposal takes the place of the last.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from synth.cli.git_hosts import git_token, merge_requests
from synth.cli.main import main, parse
from synth.cli.steps import stop
from synth.clients import ClientError
from synth.clients.clone import Clone, LostRaceError
from synth.configuration import configuration
from synth.project import find_project

STEPS = ("bump", "canary", "promote", "rollback")
TITLE_LENGTH = 255
"""Characters: GitLab's limit, and less than GitHub's."""
_TRIES = 5


class Pushed(NamedTuple):
    """A change that is on its branch: the commit, its title, what the step said, and whether it
    merges by itself.
    """

    commit: str
    title: str
    said: str
    automatic: bool


class NothingToProposeError(Exception):
    """The step changes nothing, or has to wait for somebody's decision; the message says why."""


def run(options: argparse.Namespace) -> int:
    step = _step(options.model)
    token = git_token("push and open merge requests")
    requests = merge_requests(options, token)
    branch = f"synth/{step.env}/{step.model}"
    try:
        with TemporaryDirectory(prefix="synth-") as folder:
            clone = Clone(Path(folder), options.repository, options.base, token)
            pushed = _pushed(clone, branch, options.model, step)
        request = requests.propose(branch, options.base, pushed.title, _description(pushed.said))
        print(pushed.said, end="")
        print(request.url)
        if pushed.automatic:
            merged = requests.merge(request, pushed.commit)
            print("merged" if merged else "merges when its checks have passed", file=sys.stderr)
    except NothingToProposeError as error:
        print(f"nothing to propose: {error}")
    except ClientError as error:
        stop(f"{options.repository}: {error}")
    return 0


def _step(arguments: list[str]) -> argparse.Namespace:
    """What the step's own arguments mean; ends the command where it is none that edits."""
    if arguments[:1] != ["model"] or not set(arguments[1:2]) & set(STEPS):
        stop(f"synth: what can be proposed is `model`, with one of {', '.join(STEPS)}")
    return parse(arguments)


def _pushed(clone: Clone, branch: str, arguments: list[str], step: argparse.Namespace) -> Pushed:
    """The step on top of the newest base, made again as long as others are faster.

    Raises NothingToProposeError, GitError.
    """
    for _ in range(_TRIES):
        clone.start(branch)
        # A generator of another version would propose what nobody asked for.
        _said(clone.root, "check")
        said = _said(clone.root, *arguments, refusable=True)
        _said(clone.root, "build")
        title = f"{step.env}: {said.splitlines()[0].partition(': ')[2]}"[:TITLE_LENGTH]
        if not clone.commit(f"{title}\n\n{said}"):
            raise NothingToProposeError(said.strip())
        try:
            commit = clone.push(branch)
        except LostRaceError:
            continue
        if not clone.base_moved():
            policy = configuration(find_project(clone.root))[step.env].environment.policy
            return Pushed(commit, title, said, policy.promotion.merge == "automatic")
    return stop(f"synth: others pushed meanwhile, {_TRIES} times in a row")


def _said(root: Path, *arguments: str, refusable: bool = False) -> str:
    """What a command of synth says; the hints that it gives to people are nobody's here.

    Ends this one where it fails; raises NothingToProposeError where one that is `refusable` was
    refused for now.
    """
    with redirect_stdout(StringIO()) as said, redirect_stderr(StringIO()) as remarks:
        try:
            code = main(["-C", str(root), *arguments])
        except SystemExit as error:
            code = int(error.code or 0)
    if code == 1 and refusable:
        raise NothingToProposeError(remarks.getvalue().strip())
    if code:
        print(said.getvalue(), end="")
        print(remarks.getvalue(), end="", file=sys.stderr)
        sys.exit(code)
    return said.getvalue()


def _description(said: str) -> str:
    return f"```\n{said}```\n\nMade by `synth propose`; the next proposal takes its place.\n"
