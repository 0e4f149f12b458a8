"""`synth affected`: which environments a change touches, for a matrix of CI."""

from __future__ import annotations

import argparse
import json
import sys

from synth.cli.steps import Silence, mistakes, repository, stop, users_cache
from synth.clients import ClientError
from synth.clients.git import branched_from, committed


def run(options: argparse.Namespace) -> int:
    project = repository(options)
    with mistakes():
        from synth.pipeline import build
        from synth.review.affected import affected

        result = build(project, users_cache(), (), Silence(), everything=True)
    after = result.files
    try:
        base = options.base or branched_from(project.root)
        before = committed(project.root, base, ["dist", "argocd"], after)
    except ClientError as error:
        stop(f"synth affected: {error}")
    found = affected(before, after, result.loaded)
    touched = [name for name in found if name in result.loaded]
    gone = [name for name in found if name not in result.loaded]
    if gone:
        print(f"no longer there: {', '.join(gone)}", file=sys.stderr)
    if options.output == "json":
        # What `strategy.matrix` of GitHub Actions takes as it is, by fromJSON.
        print(json.dumps({"environment": touched}))
    else:
        print("".join(f"{name}\n" for name in touched), end="")
    return 1 if found else 0
