"""`synth graph`: an environment as pictures, what waits for what and the way of the data."""

from __future__ import annotations

import argparse
import sys

from synth.cli.steps import Silence, mistakes, repository, stop
from synth.render.cache import Cache, default_folder


def run(options: argparse.Namespace) -> int:
    with mistakes():
        from synth.pipeline import build, configuration

        project = repository(options)
        name = options.environment
        if name is None:
            name, *others = configuration(project)
            if others:
                stop(f"synth graph: which environment? (there: {', '.join((name, *others))})")
        result = build(project, Cache(default_folder()), [name], Silence(), everything=True)
    from synth.review.graph.forms import as_dot, as_json, as_text
    from synth.review.graph.pictures import pictures
    from synth.review.graph.svg import as_svg

    owned = [(application, this) for _, application, this in result.origins]
    made = pictures(result.loaded[name].environment, result.objects(name), owned)
    if not made:
        stop(f"synth graph: {name} has no applications yet")
    if options.output == "svg":
        sys.stdout.write(as_svg(made, base=options.base))
        return 0
    print({"dot": as_dot, "json": as_json, "text": as_text}[options.output](made))
    return 0
