"""What several commands begin with: the repository, its environments, and a stop where either is wrong."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from synth.cli.main import WRONG
from synth.config.load import Loaded
from synth.config.problems import ConfigurationError
from synth.project import Project, find_project


def stop(message: object) -> NoReturn:
    """Ends the command: the input is wrong."""
    print(message, file=sys.stderr)
    sys.exit(WRONG)


def project(options: argparse.Namespace) -> Project:
    """The repository that the command works on."""
    try:
        return find_project(options.directory.resolve())
    except FileNotFoundError as error:
        stop(f"synth: {error}; `synth -C DIR` names another repository")


def environments(options: argparse.Namespace, names: Sequence[str]) -> dict[str, Loaded]:
    """The environments called `names`, or all of them, once their configuration is right."""
    from synth.pipeline import configuration

    try:
        return configuration(project(options), names)
    except ConfigurationError as error:
        stop(error)
