"""`synth model canary`: traffic moves to or from the canary."""

from __future__ import annotations

import argparse

from synth.cli.model.change import asked, change
from synth.edit.variants import moved


def run(options: argparse.Namespace) -> int:
    it = asked(options)
    policy = it.loaded.environment.policy.promotion
    return change(it, lambda: moved(it.model.variants, options.traffic, policy), step="canary")
