"""`synth model promote`: one environment's stable version comes into another."""

from __future__ import annotations

import argparse

from synth.cli.model.change import asked, change, refusals
from synth.edit.variants import brought_in, release_of, roles


def run(options: argparse.Namespace) -> int:
    it = asked(options)
    source = it.elsewhere(options.source).model
    with refusals(f"{options.source}: {source.name}"):
        release = release_of(roles(source.variants).stable)
    policy = it.loaded.environment.policy.promotion
    return change(
        it,
        lambda: brought_in(it.model.variants, release, policy, canary=options.canary),
        step="promote",
    )
