"""`synth model …`: what a data scientist does every week, as changes of environment files."""

from __future__ import annotations

import argparse
from importlib import import_module


def run(options: argparse.Namespace) -> int:
    return int(import_module(f"synth.cli.model.{options.step}").run(options))
