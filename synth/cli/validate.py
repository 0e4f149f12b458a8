"""`synth validate`: the configuration, and what the rules say of it and of what is rendered."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date

from synth.cli.findings import accepted, code, lines, row, to_explain
from synth.cli.steps import Silence, mistakes, repository, users_cache


def run(options: argparse.Namespace) -> int:
    today = date.today()  # noqa: DTZ011  # where whoever asks is
    with mistakes():
        from synth.configuration import check_names, clusters, configuration
        from synth.pipeline import build
        from synth.rules.own import load_own_rules
        from synth.validation import findings, rendered_findings

        project = repository(options)
        every = configuration(project)
        check_names(every, options.environments)
        names = options.environments or options.shard.environments(clusters(every))
        loaded = {name: every[name] for name in names}
        own = load_own_rules(project.rules)
        found = {name: findings(project, each, today) for name, each in loaded.items()}
        severities = {finding.severity for its in found.values() for finding, _ in its}
        if "error" not in severities:
            cache = users_cache()
            result = build(
                project,
                cache,
                options.environments,
                Silence(),
                shard=options.shard,
                everything=True,
                loaded=every,
            )
            rendered = rendered_findings(result, found, own, today)
            found = {name: [*found[name], *rendered[name]] for name in found}
    if options.output == "json":
        rows = [row(each) for its in found.values() for each in its]
        print(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        for name, its in found.items():
            for line in (*lines(its), *accepted(loaded[name].environment, its)):
                print(line)
        if codes := to_explain(found.values()):
            print(f"`synth rules {' '.join(codes)}` says why, with examples", file=sys.stderr)
    return code(found.values())
