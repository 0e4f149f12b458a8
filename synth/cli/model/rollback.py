"""`synth model rollback`: the canary goes, or what was stable before comes back."""

from __future__ import annotations

import argparse

from synth.cli.model.change import asked, change
from synth.cli.model.past import states
from synth.edit.history import goal
from synth.edit.variants import Release, rolled_back


def run(options: argparse.Namespace) -> int:
    it = asked(options)

    def before(current: Release) -> Release | None:
        return goal(current, states(it))

    # KServe would send everything to a canary that is taken out, until stable is ready again.
    parks = it.model.engine == "kserve"
    return change(it, lambda: rolled_back(it.model.variants, before, parks=parks), step="promote")
