"""Kustomize itself: found on PATH, in a version that is proven, run on a folder."""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from time import perf_counter
from typing import IO

_LOG = logging.getLogger(__name__)
_CANDIDATES = (
    (("kustomize", "version"), ("kustomize", "build")),
    (("kubectl", "version", "--client"), ("kubectl", "kustomize")),
)
_VERSION = re.compile(r"v(\d+\.\d+\.\d+)")

COLLECT_LESS = {"GOGC": "400"}
"""Memory for time: by Go's default of 100 a third of a build's work is collecting garbage."""


class KustomizeError(Exception):
    """Kustomize is not there, not in an accepted version, or refuses the input."""


@dataclass(frozen=True, slots=True)
class Kustomize:
    """A Kustomize that can be run: its command and version."""

    command: Sequence[str]
    version: str
    path: Path

    def build(self, folder: Path) -> str:
        """The objects of a kustomization as one YAML stream.

        Raises KustomizeError with what Kustomize says.
        """
        with self.begin(folder) as running:
            return running.objects()

    @contextmanager
    def begin(self, folder: Path) -> Iterator[Running]:
        """The same, while whoever asks does something else; it ends with the block."""
        # Files, which nobody has to read along, as with pipes.
        with (
            TemporaryFile() as said,
            TemporaryFile() as complained,
            subprocess.Popen(
                [*self.command, str(folder)],
                stdout=said,
                stderr=complained,
                env={**COLLECT_LESS, **os.environ},
            ) as process,
        ):
            try:
                yield Running(self.version, folder, process, said, complained, perf_counter())
            finally:
                process.kill()


@dataclass(frozen=True, slots=True)
class Running:
    """A run of Kustomize on a folder, since `start`."""

    version: str
    folder: Path
    process: subprocess.Popen[bytes]
    said: IO[bytes]
    complained: IO[bytes]
    start: float

    def objects(self) -> str:
        """What it has built, once it has ended. Raises KustomizeError with what Kustomize says."""
        refused = self.process.wait()
        took = perf_counter() - self.start
        _LOG.info("kustomize %s built %s in %.2f s", self.version, self.folder.name, took)
        if refused:
            complaint = "\n".join(
                line
                for line in _text(self.complained).splitlines()
                if not line.startswith("# Warning")
            )
            raise KustomizeError(f"kustomize {self.version} refuses {self.folder}: {complaint}")
        return _text(self.said)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


def asked(command: Sequence[str]) -> str:
    """The version that the answer to a command names; empty where it names none."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [
        line for line in done.stdout.splitlines() if "Client" not in line and "Server" not in line
    ]
    match = _VERSION.search("\n".join(lines))
    return match[1] if match else ""


def find_kustomize(
    accepted: Collection[str],
    version_of: Callable[[Sequence[str], Path], str] = lambda command, program: asked(command),
) -> Kustomize:
    """`kustomize` or `kubectl kustomize` from PATH in one of the `accepted` versions.

    `version_of` is told the command that asks for the version, and the program's path.
    Raises KustomizeError that says what was found and how to get the right one.
    """
    found = []
    for version_command, command in _CANDIDATES:
        found_path = shutil.which(version_command[0])
        if found_path is None:
            continue
        path = Path(found_path).resolve()
        version = version_of(version_command, path)
        if version in accepted:
            _LOG.info("kustomize %s is %s", version, path)
            return Kustomize(command, version, path)
        found.append(f"{' '.join(command)} is {version or 'of an unknown version'}")
    wanted = " or ".join(sorted(accepted))
    there = "; ".join(found) or "neither kustomize nor kubectl is on PATH"
    raise KustomizeError(
        f"Kustomize {wanted} is needed, {there}: "
        f"go install sigs.k8s.io/kustomize/kustomize/v5@v{max(accepted)}"
    )
