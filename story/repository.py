"""The team's repository: what people do in it, each step a commit that the report shows."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from story.timeline import Commit, Timeline
from story.training import ELSEWHERE
from tests.git import GitRepository
from tests.repository import ROOT

_LINES, _FILES = 300, 40
"""So much of a commit is kept for the report."""


class CommandError(Exception):
    """A command of synth has ended otherwise than it had to; the message is all that it said."""


@dataclass(frozen=True)
class Said:
    """What a command of synth has said, and its exit code."""

    code: int
    out: str
    err: str


@dataclass
class TeamRepository:
    """A working tree, what it is pushed to, and the surroundings that commands run in."""

    folder: Path
    timeline: Timeline
    env: dict[str, str]
    git: GitRepository = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.git = GitRepository(self.folder)
        self.env = {"KFSYNTH_CACHE": str(self.folder / "cache"), **self.env}

    @property
    def tree(self) -> Path:
        return self.git.tree

    def command(self, *arguments: str, at: Path | None = None) -> list[str]:
        return [*ELSEWHERE, sys.executable, "-m", "synth", "-C", str(at or self.tree), *arguments]

    def synth(self, *arguments: str, code: int = 0, at: Path | None = None, **env: str) -> Said:
        """A command that has to end with this exit code. Raises CommandError."""
        said = self.try_synth(*arguments, at=at, **env)
        if said.code != code:
            end = f"{said.out[-3000:]}{said.err[-3000:]}"
            raise CommandError(f"synth {' '.join(arguments)}: exit code {said.code}\n{end}")
        return said

    def try_synth(self, *arguments: str, at: Path | None = None, **env: str) -> Said:
        """A command, however it ends."""
        done = subprocess.run(
            self.command(*arguments, at=at),
            cwd=ROOT,
            env=self.surroundings(**env),
            capture_output=True,
            text=True,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def surroundings(self, **env: str) -> dict[str, str]:
        return {**os.environ, **self.env, **env}

    def model(self, *arguments: str, by: str) -> str:
        """A step of `synth model`, built, committed and pushed; what it said."""
        said = self.edited(*arguments)
        self.publish(subject(said), by)
        return said

    def edited(self, *arguments: str) -> str:
        """What a step of `synth model` says that it did to an environment file."""
        return self.synth("model", *arguments).out.splitlines()[0]

    def publish(self, message: str, by: str) -> str:
        """Builds what the sources say, and pushes it; the commit's hash."""
        self.synth("build")
        self.synth("check")
        return self.push(message, by)

    def push(self, message: str, by: str) -> str:
        """Pushes the working tree as it is; the commit's hash."""
        head = self.git.commit(message, by)
        self.tell()
        return head

    def merge(self, branch: str) -> str:
        """What a host does when a merge request is merged; the commit's hash."""
        self.run("fetch", "-q", "origin")
        self.run("merge", "-q", "--ff-only", f"origin/{branch}")
        self.run("push", "-q", "origin", "HEAD:main")
        self.tell()
        return self.git.head()

    def tell(self) -> None:
        """Writes the last commit down for the report."""
        files = self.run("show", "--format=", "--name-only").splitlines()
        lines = self.run("show", "--format=").splitlines()
        if len(files) > _FILES:
            files = [*files[:_FILES], f"… and {len(files) - _FILES} more"]
        if len(lines) > _LINES:
            lines = [*lines[:_LINES], f"… and {len(lines) - _LINES} lines more"]
        author, message = self.run("show", "-s", "--format=%an%x00%s").rstrip("\n").split("\0")
        self.timeline.commit(
            Commit(
                self.timeline.now, self.git.head(), author, message, tuple(files),
                "\n".join(lines),
            )
        )  # fmt: skip

    def run(self, *arguments: str, at: Path | None = None) -> str:
        """What git says."""
        return subprocess.run(
            ["git", *arguments], cwd=at or self.tree, check=True, capture_output=True, text=True
        ).stdout

    def clone(self, name: str) -> Path:
        """Somebody else's working tree."""
        folder = self.folder / name
        self.run("clone", "-q", self.git.url, str(folder))
        for key, value in (("name", name), ("email", f"{name.lower()}@example.com")):
            self.run("config", f"user.{key}", value, at=folder)
        return folder

    def read(self, environment: str) -> Any:
        return yaml.safe_load((self.tree / "environments" / f"{environment}.yaml").read_text())

    def know(self, env: Mapping[str, str]) -> None:
        """Commands find these variables from now on."""
        self.env |= env


def subject(said: str) -> str:
    """A commit's subject, of what a step of `synth model` said: the same without the file."""
    return said.partition(": ")[2]
