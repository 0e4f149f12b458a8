"""docs/benchmarks.md, of what was measured last.

python -m benchmarks.page
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.results import FILE

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
_HEAD = """\
# How fast

Made by `make bench` and `make bench-fleet` of [results.json](../benchmarks/results.json). Whole processes, in turn, on
a memory file system; medians. A ratio is our time over theirs: below 1 we are faster. Memory is that of the largest
process.

Peers do the same work: what they make is compared with ours, object by object. In the fleet they are given every
object as a finished template and only fill in names and versions; what we do beside that (reading and checking
environment files, deciding, ownership, the Argo CD side) is done for them.
"""
_TITLES = {
    "kubeflow": "Kubeflow 1.8.1, hydrated",
    "fleet": "A fleet: 100 environments, 20 models each",
}
_NOTES = """\
## Where a target is not reached

- **Three hydrated environments**: two runs of Kustomize, side by side, are most of it; the pipelines are compiled
  before they begin (0.6 s, for most of which kfp is imported). Tried and taken out: beginning with Kustomize
  while they are compiled saves 0.5 s of 3.3, but leaves a thread where processes are forked.
- **The fleet, cold**: a third of the time is reading, merging and checking a hundred environment files in one
  process, a quarter is writing, in one process too; between them two processes build constructs. Tried and kept:
  the same two processes for the applications and for the Argo CD side, which took a fifth off.
- **`validate`** builds, then runs every rule; kubeconform knows schemas only.
- **`show` and `schema`** import the models of the configuration, which pydantic builds anew in each process.
"""


def page(results: Mapping[str, Any]) -> str:
    """The whole page."""
    return "\n".join(
        [_HEAD, *(part for suite in _TITLES for part in _suite(suite, results)), _NOTES]
    )


def _suite(name: str, results: Mapping[str, Any]) -> Iterator[str]:
    if name not in results:
        return
    machine = results[name]["machine"]
    yield f"## {_TITLES[name]}\n"
    yield f"{machine['cores']} cores, {machine['processor']}; Python {machine['python']}.\n"
    yield "| work | ours | spread | CPU | memory | beside | takes | ratio | target |"
    yield "|---|---|---|---|---|---|---|---|---|"
    yield from map(_row, results[name]["rows"])
    yield ""


def _row(row: Mapping[str, Any]) -> str:
    ours, peer = row["ours"], row["peer"]
    cells = [
        row["work"],
        f"{ours['wall']:.2f} s",
        f"{ours['least']:.2f} to {ours['most']:.2f}",
        f"{ours['cpu']:.2f} s",
        f"{ours['memory']:.0f} MB",
        peer["name"] if peer else "",
        f"{peer['wall']:.2f} s" if peer else "",
        f"{row['ratio']:.2f}" if peer else "",
        _target(row),
    ]
    return f"| {' | '.join(cells)} |"


def _target(row: Mapping[str, Any]) -> str:
    target = row["target"]
    said = [
        *([f"≤ {target['ratio']:.2f}"] if "ratio" in target else ()),
        *([f"≤ {target['seconds']:g} s"] if "seconds" in target else ()),
        *([f"≤ {target['megabytes']:g} MB"] if "megabytes" in target else ()),
    ]
    return f"{', '.join(said)}: {'met' if row['met'] else '**not met**'}" if said else ""


if __name__ == "__main__":
    PAGE.write_text(page(json.loads(FILE.read_text())))
