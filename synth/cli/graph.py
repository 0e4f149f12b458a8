"""`synth graph`: an environment as pictures, what waits for what and the way of the data."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from synth.cli.steps import Silence, mistakes, repository, stop, users_cache

if TYPE_CHECKING:
    from synth.pipeline import Build
    from synth.review.graph.picture import Picture


def run(options: argparse.Namespace) -> int:
    with mistakes():
        from synth.configuration import configuration
        from synth.pipeline import build

        project = repository(options)
        name = options.environment
        if name is None:
            name, *others = configuration(project)
            if others:
                stop(f"synth graph: which environment? (there: {', '.join((name, *others))})")
        result = build(project, users_cache(), [name], Silence(), everything=True)
    from synth.review.graph.forms import as_dot, as_json, as_text
    from synth.review.graph.svg import as_svg

    made = pictures(result, name)
    if not made:
        stop(f"synth graph: {name} has no applications yet")
    if options.output == "svg":
        sys.stdout.write(as_svg(made, base=options.base))
        return 0
    print({"dot": as_dot, "json": as_json, "text": as_text}[options.output](made))
    return 0


def pictures(result: Build, name: str) -> list[Picture]:
    """Those of an environment that was rendered."""
    from synth.review.graph.pictures import pictures

    owned = [
        (application, this)
        for environment, application, this in result.origins
        if environment == name
    ]
    return pictures(result.loaded[name].environment, result.objects(name), owned)
