"""`synth schema`: the JSON Schema of an environment file, for editors and pull-request checks."""

from __future__ import annotations

import argparse


def run(_options: argparse.Namespace) -> int:
    from synth.config.schema import environment_schema_text

    print(environment_schema_text(), end="")
    return 0
