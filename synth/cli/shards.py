"""`synth shards`: the workflow by which CI builds a fleet on several machines."""

from __future__ import annotations

import argparse
import sys

from synth.scaffold.shards import HOSTS, workflow


def run(options: argparse.Namespace) -> int:
    print(workflow(options.output, options.number), end="")
    print(f"it belongs in {HOSTS[options.output]}", file=sys.stderr)
    return 0
