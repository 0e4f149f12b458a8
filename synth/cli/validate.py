"""`synth validate`: the configuration, and what the rules say of it and of what is rendered."""

from __future__ import annotations

import argparse
import json

from synth.cli.findings import row
from synth.cli.steps import Silence, mistakes, repository


def run(options: argparse.Namespace) -> int:
    with mistakes():
        from synth.pipeline import build, configuration, findings, rendered_findings
        from synth.render.cache import Cache, default_folder

        project = repository(options)
        loaded = configuration(project, options.environments)
        found = findings(project, loaded.values())
        if all(finding.severity == "warning" for finding, _ in found):
            cache = Cache(default_folder())
            result = build(project, cache, tuple(loaded), Silence(), everything=True)
            found += rendered_findings(result)
    if options.output == "json":
        rows = [row(*each) for each in found]
        print(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        for finding, problem in found:
            print(f"{finding.severity} {finding.code}: {problem}")
    return 1 if found else 0
