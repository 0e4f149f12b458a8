"""`synth schema`: the JSON Schema of an environment file, for editors and pull-request checks."""

from __future__ import annotations

import argparse
import json


def run(_options: argparse.Namespace) -> int:
    from synth.config.schema import environment_schema

    print(json.dumps(environment_schema(), indent=2, ensure_ascii=False))
    return 0
