"""`synth schema`: the JSON Schema of an environment file, for editors and pull-request checks."""

from __future__ import annotations

import argparse

from synth.cli.steps import users_cache
from synth.render.record import code_digest


def run(_options: argparse.Namespace) -> int:
    # The same version always has the same one, which takes long to derive from the models.
    print(users_cache().made("schema", code_digest(), _text).decode(), end="")
    return 0


def _text() -> bytes:
    from synth.config.schema import environment_schema_text

    return environment_schema_text().encode()
