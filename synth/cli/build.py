"""`synth build`: writes `dist/` and `argocd/`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from synth.cli.steps import Silence, everything_in_place, mistakes, repository, users_cache

if TYPE_CHECKING:
    from synth.cli.progress import Bar

_IN_PLACE = "nothing to do"


def run(options: argparse.Namespace) -> int:
    project = repository(options)
    cache = users_cache()
    cdk8s_folder = os.environ.get("CDK8S_OUTDIR")
    if not (options.environments or options.stdout or cdk8s_folder) and everything_in_place(
        project, cache
    ):
        print(_IN_PLACE, file=sys.stderr)
        return 0
    with mistakes():
        from synth.pipeline import build, summary, write

        # Whoever asks for the manifests wants them all, changed or not.
        everything = bool(options.stdout or cdk8s_folder)
        with _progress() as progress:
            result = build(
                project,
                cache,
                options.environments,
                progress,
                shard=options.shard,
                everything=everything,
            )
        for warning in result.warnings:
            print(f"warning: {warning}", file=sys.stderr)
        if options.stdout:
            sys.stdout.write(_stream(result.trees))
            return 0
        written = write(project, cache, result)
    if cdk8s_folder:
        _for_cdk8s(Path(cdk8s_folder), result.trees)
    for difference in written:
        print(
            f"{difference.root.relative_to(project.root)}: {summary(difference)}", file=sys.stderr
        )
    if not written:
        print(_IN_PLACE, file=sys.stderr)
    return 0


def _progress() -> Bar | Silence:
    if not sys.stderr.isatty():
        return Silence()
    from synth.cli.progress import Bar

    return Bar()


def _stream(trees: Mapping[str, Mapping[str, bytes]]) -> str:
    return "".join(
        f"---\n# {tree}/{name}\n{content.decode()}"
        for tree, files in sorted(trees.items())
        for name, content in sorted(files.items())
        if name.endswith(".yaml")
    )


def _for_cdk8s(folder: Path, trees: Mapping[str, Mapping[str, bytes]]) -> None:
    """The same manifests where cdk8s-cli looks for them; it has emptied that folder itself."""
    folder.mkdir(parents=True, exist_ok=True)
    for tree, files in trees.items():
        (folder / f"{tree.replace('/', '-')}.k8s.yaml").write_text(_stream({tree: files}))
