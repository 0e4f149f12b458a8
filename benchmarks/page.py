"""docs/benchmarks.md, of what was measured last.

python -m benchmarks.page
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from pathlib import Path
from typing import Any

from benchmarks.results import FILE

Row = Mapping[str, Any]
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
_HEAD = """\
# How fast

Made by `make bench` and `make bench-fleet` of [results.json](../benchmarks/results.json). Whole processes, in turn, on
a memory file system; medians. A ratio is our time over theirs: below 1 we are faster. Memory is that of the largest
process.

Peers do the same work: what they make is compared with ours, object by object. In the fleet they are given every
object as a finished template and only fill in names and versions; what we do beside that (reading and checking
environment files, deciding, ownership, the Argo CD side) is done for them. The bare limit is no tool: it serialises
the same files from finished dictionaries by the fastest library at hand (ryaml), writes them, and does nothing else.
"""
_TITLES = {
    "kubeflow": "Kubeflow 1.8.1, hydrated",
    "fleet": "A fleet: 100 environments, 20 models each",
}
_NOTES = """\
## Where a target is not reached

In three places:

- **Three hydrated environments** take a tenth more than the third of three runs of Kustomize that is wanted. Two cores are busy nearly all
  the time: two runs of Kustomize that share the release (with `GOGC=400`, which is 40 % less work than by default;
  800 and off save no more and take 0.7 and 2.3 GB) while Node starts, kfp compiles and constructs are built.
- **The fleet from nothing**, as long as cdk8s in TypeScript takes where a third is wanted, and four times the bare limit
  where twice is. Of 2.8 s one half is two processes that build constructs, each of which is a question to Node of a
  third of a millisecond, 46 in an environment, after 0.4 s for Node and cdk8s to start; a fifth is
  reading, merging and checking a hundred environment files, a fifth writing them, a tenth importing. The peers
  fill names into finished templates and check nothing.
- **The same as one stream** takes an eighth to a quarter more than `helm template`, for the same reason.

What was tried, and kept: asking Node nothing that Python knows (a seventh of a fleet), searching for cycles less often
(a fifth to a third of everything), the same processes for the applications and for the Argo CD side, Kustomize
first, one parse of what environments have alike, compiling with a frozen collector. Tried and taken out, since it did
not show: processes that start before environment files are read (0.2 s of 3, and Node where nobody may need it), paths
as text, files written by several threads.

`synth schema` comes from the cache; the first time of a version takes 0.4 s.
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
    yield from _CHARTS[name](results[name]["rows"])
    yield "| work | ours | spread | CPU | memory | beside | takes | ratio | target |"
    yield "|---|---|---|---|---|---|---|---|---|"
    yield from map(_row, results[name]["rows"])
    yield ""


def _kubeflow_chart(rows: Sequence[Row]) -> Iterator[str]:
    sides: dict[str, float] = {}
    for row in rows:
        number, _, work = row["work"].partition(" ")
        if work == "hydrated environments, cold":
            sides[f"{number}: synth"] = row["ours"]["wall"]
            sides[f"{number}: kustomize"] = row["peer"]["wall"]
    yield from _chart("Environments from nothing", sides)


def _fleet_charts(rows: Sequence[Row]) -> Iterator[str]:
    for work in ("20,000 objects, a file each", "the same as one stream"):
        same = [row for row in rows if row["work"] == work]
        peers = {row["peer"]["name"]: row["peer"]["wall"] for row in same}
        yield from _chart(work.capitalize(), {"synth": same[0]["ours"]["wall"], **peers})
    walls = {
        row[side]["name"]: row[side]["wall"]
        for row in rows
        for side in ("ours", "peer")
        if row[side]
    }
    sizes = {
        "10": "build of a tenth, cold",
        "100": "build, cold",
        "300": "build of three times as many, cold",
    }
    yield from _chart("So many environments", {size: walls[name] for size, name in sizes.items()})


_CHARTS = {"kubeflow": _kubeflow_chart, "fleet": _fleet_charts}


def _chart(title: str, seconds: Mapping[str, float]) -> Iterator[str]:
    """Bars that git hosts draw. Source: mermaid docs/syntax/xyChart.md."""
    height = 90 + 30 * len(seconds)
    look = {
        "xyChart": {"width": 720, "height": height, "showDataLabel": True},
        "themeVariables": {"xyChart": {"plotColorPalette": "#7aa5d8"}},
    }
    yield "```mermaid"
    yield f"%%{{init: {json.dumps(look)}}}%%"
    yield "xychart-beta horizontal"
    yield f"  title {json.dumps(title)}"
    yield f"  x-axis {json.dumps(list(seconds))}"
    yield f'  y-axis "seconds" 0 --> {ceil(max(seconds.values()))}'
    yield f"  bar {json.dumps([round(each, 1) for each in seconds.values()])}"
    yield "```\n"


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
