"""Draws the dashboards of an environment on one page, with made-up curves.

    python -m tools.dashboards [-C DIRECTORY] [--output FILE] ENVIRONMENT

Layout, titles, units, lines of objectives and queries are those of the dashboards; the curves only
show what each panel will look like. The page needs no network.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import accumulate
from math import sin
from pathlib import Path
from random import Random
from typing import Any

from synth.app.workload import resources
from synth.app.workloads import WORKLOADS
from synth.configuration import configuration
from synth.project import find_project

Json = dict[str, Any]
PALETTE = ("#73bf69", "#5794f2", "#f2cc0c", "#b877d9", "#ff9830", "#8ab8ff", "#fa6400", "#37872d")
NAMED = {"red": "#f2495c", "orange": "#ff9830", "green": "#73bf69", "text": "#d8d9da"}
EXAMPLES = {
    "variant": ("stable", "canary"),
    "version": ("7", "8"),
    "namespace": ("nlp",),
    "resource": ("cpu", "memory"),
    "phase": ("Pending", "Failed"),
    "status": ("200", "404", "500"),
    "health_status": ("Healthy", "Progressing", "Degraded"),
    "sync_status": ("OutOfSync", "Synced"),
    "name": ("models", "mlflow"),
    "trigger_name": ("model-sentiment",),
    "topic": ("comments",),
    "consumergroup": ("comments-processor",),
}
"""What labels may say, where no variable of the dashboard does."""
TYPICAL = {
    "reqps": 40.0,
    "eps": 120.0,
    "s": 0.3,
    "percentunit": 0.6,
    "short": 6.0,
    "bool_yes_no": 1.0,
    "none": 0.12,
}
"""About how large a value of a unit is."""
SPECIAL = (
    (r"- time\(\)", 5e6),
    (r"time\(\) -", 1500.0),
    (r"accuracy_ratio", 0.95),
    (r"judged|drift_inputs|lag", 900.0),
    (r"put_aside|dropped|failed|replicas\{.*- sum|restarts|under_replicated|aside\"", 0.4),
    (r"code!~", 0.005),
    (r"scalar", 0.9),
)
"""About how large a value is whose query says this."""
POINTS = 48


@dataclass(frozen=True, slots=True)
class Series:
    """A curve: what it is called, its colour, its values, and whether it is an objective's line."""

    name: str
    color: str
    values: Sequence[float]
    limit: bool = False


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("-C", dest="directory", type=Path, default=Path())
    parser.add_argument("--output", type=Path, default=Path("dashboards.html"))
    parser.add_argument("environment")
    options = parser.parse_args(arguments)
    shown = dashboards(options.directory, options.environment)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(page(options.environment, shown))
    print(f"{options.output}: {len(shown)} dashboards of {options.environment}")
    return 0


def dashboards(directory: Path, environment: str) -> list[Json]:
    """The dashboards of an environment, as Grafana reads them."""
    loaded = configuration(find_project(directory), [environment])[environment]
    workload = WORKLOADS["dashboards"]
    inputs = workload.inputs(loaded.environment)
    if not inputs:
        sys.exit(f"{environment} has no observability.grafana, and so no dashboards")
    bodies = [each.body for each in resources("dashboards", workload.build, inputs)]
    texts = [
        *(body["spec"]["json"] for body in bodies if body["kind"] == "GrafanaDashboard"),
        *(text for body in bodies if body["kind"] == "ConfigMap" for text in body["data"].values()),
    ]
    return [json.loads(text) for text in texts]


def page(environment: str, shown: Sequence[Json]) -> str:
    """The whole page."""
    links = "".join(f'<a href="#{each["uid"]}">{escape(each["title"])}</a>' for each in shown)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        f"<title>Dashboards of {escape(environment)}</title><style>{STYLE}</style>"
        f"<header><h1>Dashboards of {escape(environment)}</h1><nav>{links}</nav>"
        "<p>The curves are made up; everything else is what Grafana gets.</p></header>"
        f"{''.join(map(_dashboard, shown))}</html>\n"
    )


def _dashboard(board: Json) -> str:
    variables = "".join(
        f"<span><b>{escape(each['label'])}</b>{escape(str(each['current']['text']))}</span>"
        for each in board["templating"]["list"]
    )
    notes = "".join(
        f"<span><b>◆</b>{escape(each['name'])}</span>" for each in board["annotations"]["list"]
    )
    panels = "".join(_panel(board, each) for each in board["panels"])
    return (
        f'<section id="{board["uid"]}"><h2>{escape(board["title"])}</h2>'
        f"<p>{escape(board['description'])} <code>/d/{board['uid']}</code></p>"
        f'<div class="variables">{variables}{notes}</div><div class="grid">{panels}</div></section>'
    )


def _panel(board: Json, panel: Json) -> str:
    place = panel["gridPos"]
    area = f"grid-area:{place['y'] + 1}/{place['x'] + 1}/span {place['h']}/span {place['w']}"
    if panel["type"] == "row":
        return f'<h3 style="{area}">{escape(panel["title"])}</h3>'
    title = _filled(panel["title"], board)
    draw = {"timeseries": _graph, "stat": _figure, "table": _table}[panel["type"]]
    queries = "".join(f"<pre>{escape(each['expr'])}</pre>" for each in panel["targets"])
    unit = "" if panel["type"] == "table" else panel["fieldConfig"]["defaults"]["unit"]
    return (
        f'<article class="{panel["type"]}" style="{area}" title="{escape(panel["description"])}">'
        f"<details><summary>{escape(title)}<small>{escape(unit)}</small></summary>"
        f"<div class=queries><p>{escape(panel['description'])}</p>{queries}</div></details>"
        f"{draw(board, panel)}</article>"
    )


def _filled(template: str, board: Json) -> str:
    """A text with the variables of the dashboard filled in."""
    for each in board["templating"]["list"]:
        template = template.replace(f"${each['name']}", each["current"]["value"])
    return template


def _series(board: Json, panel: Json) -> Iterator[Series]:
    unit = panel["fieldConfig"]["defaults"]["unit"]
    limits = [_limit(board, target["expr"]) for target in panel["targets"]]
    promised = next((limit for limit in limits if limit is not None), None)
    number = 0
    for target, limit in zip(panel["targets"], limits, strict=True):
        expr = target["expr"]
        for name in _names(board, target):
            if limit is not None:
                yield Series(name, NAMED["red"], [limit] * POINTS, limit=True)
                continue
            size = 0.7 * promised if promised else _size(unit, expr)
            if name.startswith("canary") and (unit in ("reqps", "short") or "scalar" in expr):
                size *= 0.15
            values = _curve(f"{board['uid']} {panel['id']} {name}", size)
            yield Series(name, PALETTE[number % len(PALETTE)], values)
            number += 1


def _size(unit: str, expr: str) -> float:
    return next((size for text, size in SPECIAL if re.search(text, expr, re.S)), TYPICAL[unit])


def _limit(board: Json, expr: str) -> float | None:
    """The value of an objective's line for what is chosen."""
    if "_total" in expr or "_bucket" in expr or "_count" in expr:
        return None
    for each in board["templating"]["list"]:
        chosen = re.escape(each["current"]["value"])
        found = re.search(rf'vector\(([\d.e-]+)\), "{each["name"]}", "{chosen}"', expr)
        if found:
            return float(found[1])
    return None


def _names(board: Json, target: Json) -> list[str]:
    """What the series of a query are called."""
    names = [target["legendFormat"]]
    for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
        values = _values(board, label, target["expr"])
        names = [name.replace(f"{{{{{label}}}}}", value) for name in names for value in values]
    return names


def _values(board: Json, label: str, expr: str) -> Sequence[str]:
    """What a label says in the result of a query."""
    for each in board["templating"]["list"]:
        if each["name"] == label:
            chosen = f"${label}" in expr
            return [each["value"] for each in each["options"] if each["selected"] or not chosen]
    of_workflows = label == "status" and "argo_workflows" in expr
    return ("Running", "Succeeded") if of_workflows else EXAMPLES.get(label, ("sentiment",))


def _curve(seed: str, scale: float) -> list[float]:
    """A walk around a value, the same for the same seed."""
    random = Random(seed)  # noqa: S311 -- nothing secret hangs on it
    level, phase = scale * random.uniform(0.5, 1), random.uniform(0, 6)
    steps = accumulate(random.gauss(0, 0.05) for _ in range(POINTS))
    return [
        max(0.0, level * (1 + 0.18 * sin(phase + each / 7) + 0.5 * step))
        for each, step in enumerate(steps)
    ]


def _graph(board: Json, panel: Json) -> str:
    unit = panel["fieldConfig"]["defaults"]["unit"]
    custom = panel["fieldConfig"]["defaults"]["custom"]
    series = [*_series(board, panel)]
    stacked = custom.get("stacking", {}).get("mode") == "normal"
    drawn = [*_stacked(series)] if stacked else series
    top = 1.12 * max(max(each.values) for each in drawn) or 1.0
    draw = _dots if custom["drawStyle"] == "points" else _line
    curves = "".join(draw(each, top, custom["fillOpacity"]) for each in reversed(drawn))
    ticks = "".join(
        f'<i style="top:{100 - 100 * share / 1.12:.1f}%">{_text(top * share / 1.12, unit)}</i>'
        for share in (0, 0.5, 1)
    )
    legend = "".join(
        f'<li><b style="background:{each.color}"></b>{escape(each.name)}'
        f"<em>{_text(each.values[-1], unit)}</em></li>"
        for each in series
    )
    return (
        f'<div class="plot">{ticks}<svg viewBox="0 0 {POINTS - 1} 100" '
        f'preserveAspectRatio="none">{_grid()}{curves}</svg></div><ul>{legend}</ul>'
    )


def _stacked(series: Sequence[Series]) -> Iterator[Series]:
    floor = [0.0] * POINTS
    for each in series:
        floor = [below + value for below, value in zip(floor, each.values, strict=True)]
        yield Series(each.name, each.color, floor)


def _grid() -> str:
    return "".join(f'<path d="M0 {y:.1f}H{POINTS - 1}" class="rule"/>' for y in (10.7, 55.4, 100))


def _points(series: Series, top: float) -> list[str]:
    return [f"{x} {100 - 100 * value / top:.1f}" for x, value in enumerate(series.values)]


def _line(series: Series, top: float, opacity: float) -> str:
    points = " L".join(_points(series, top))
    dash = ' stroke-dasharray="6 5"' if series.limit else ""
    curve = f'<path d="M{points}" fill="none" stroke="{series.color}" class="curve"{dash}/>'
    if series.limit:
        return curve
    area = f"M0 100 L{points} L{POINTS - 1} 100Z"
    return f'<path d="{area}" fill="{series.color}" opacity="{opacity / 100}"/>{curve}'


def _dots(series: Series, top: float, _: float) -> str:
    return "".join(
        f'<path d="M{point}h0" stroke="{series.color}" class="dot"/>'
        for point in _points(series, top)[::4]
    )


def _figure(board: Json, panel: Json) -> str:
    defaults = panel["fieldConfig"]["defaults"]
    [series] = _series(board, panel)
    steps = defaults["thresholds"]["steps"]
    wanted = len(steps) == 3 and steps[0]["color"] == "red"
    value = steps[2]["value"] * 2.2 if wanted else series.values[-1]
    if len(steps) == 3 and not wanted and steps[1]["value"] == 1:
        value = 0.0
    color = NAMED[[step["color"] for step in steps if (step["value"] or 0) <= value][-1]]
    shape = Series("", color, series.values)
    curve = _line(shape, 2.4 * max(shape.values) or 1.0, 14)
    return (
        f'<svg viewBox="0 0 {POINTS - 1} 100" preserveAspectRatio="none">{curve}</svg>'
        f'<strong style="color:{color}">{_text(value, defaults["unit"])}</strong>'
    )


def _table(board: Json, panel: Json) -> str:
    [organize] = [each for each in panel["transformations"] if each["id"] == "organize"]
    places = organize["options"]["indexByName"]
    renamed = organize["options"]["renameByName"]
    headings = {each: renamed[each] for each in sorted(renamed, key=lambda name: int(places[name]))}
    labels = [each for each in headings if not each.startswith("Value")]
    units = {
        each["matcher"]["options"]: each["properties"][0]["value"]
        for each in panel["fieldConfig"]["overrides"]
    }
    exprs = {target["legendFormat"]: target["expr"] for target in panel["targets"]}
    rows = []
    for values in zip(*(_column(board, label) for label in labels), strict=False):
        cells = [
            _text(
                _curve(f"{values} {heading}", _size(units[heading], exprs[heading]))[-1],
                units[heading],
            )
            for heading in units
        ]
        rows.append("".join(f"<td>{escape(each)}" for each in (*values, *cells)))
    head = "".join(f"<th>{escape(each)}" for each in headings.values())
    return f"<table><tr>{head}<tr>{'<tr>'.join(rows)}</table>"


def _column(board: Json, label: str) -> Sequence[str]:
    values = _values(board, label, "")
    return [*values, *values][: max(2, len(values))]


def _text(value: float, unit: str) -> str:
    """A value about as Grafana writes it."""
    if unit == "percentunit":
        return f"{100 * value:.3g}%"
    if unit == "bool_yes_no":
        return "Yes" if value else "No"
    if unit == "s":
        for size, name in ((86_400, "days"), (3600, "h"), (60, "min"), (1, "s")):
            if value >= size:
                return f"{value / size:.3g} {name}"
        return f"{1000 * value:.3g} ms"
    suffix = {"reqps": " req/s", "eps": " events/s"}.get(unit, "")
    return f"{round(value)}" if unit == "short" else f"{value:.3g}{suffix}"


STYLE = """
:root{color-scheme:dark}
body{background:#111217;color:#ccccdc;font:13px/1.4 Inter,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;margin:0 auto;padding:16px 24px;max-width:1500px}
h1{font-size:22px;margin:0 0 8px}h2{font-size:18px;margin:40px 0 4px}header p,section>p{color:#8e8fa0;margin:4px 0}
nav a{color:#6e9fff;margin-right:18px;text-decoration:none}
code{background:#22252b;border-radius:3px;padding:1px 5px}
.variables span{background:#181b1f;border:1px solid #2c2f36;border-radius:3px;display:inline-block;margin:6px 8px 8px 0;padding:3px 10px}
.variables b{color:#6e9fff;font-weight:500;margin-right:8px}
.grid{display:grid;grid-template-columns:repeat(24,1fr);grid-auto-rows:30px;gap:8px}
h3{font-size:14px;font-weight:500;margin:0;align-self:end;border-bottom:1px solid #2c2f36}
article{background:#181b1f;border:1px solid #25282f;border-radius:3px;display:flex;flex-direction:column;min-width:0;overflow:hidden;padding:6px 10px;position:relative}
summary{cursor:pointer;font-weight:500;list-style:none;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
summary small{color:#6c6e7e;float:right;font-weight:400}
article:has(details[open]){overflow:visible;z-index:1}
.queries{background:#22252b;border:1px solid #3a3d45;border-radius:3px;box-shadow:0 6px 20px #000a;left:0;max-height:420px;min-width:100%;overflow:auto;padding:6px 12px;position:absolute;top:30px;width:max-content;max-width:720px;z-index:2}
.queries pre{border-top:1px solid #3a3d45;color:#9fc3ff;font-size:11px;margin:0;padding:6px 0;white-space:pre-wrap}
.plot{flex:1;margin:8px 0 4px 84px;min-height:40px;position:relative}
.plot svg{height:100%;width:100%;position:absolute}.plot i{color:#8e8fa0;font-size:11px;font-style:normal;position:absolute;right:calc(100% + 8px);transform:translateY(-50%);white-space:nowrap}
.rule{stroke:#25282f}.curve{stroke-width:1.6}.dot{stroke-linecap:round;stroke-width:6}
path{vector-effect:non-scaling-stroke}
ul{font-size:12px;list-style:none;margin:0;max-height:64px;overflow:hidden;padding:0}
li{display:flex;align-items:center}li b{border-radius:2px;height:4px;margin-right:8px;width:14px}li em{font-style:normal;margin-left:auto}
.stat svg{bottom:0;height:70%;left:0;position:absolute;width:100%}
.stat strong{font-size:30px;font-weight:500;margin:auto;position:relative}
table{border-collapse:collapse;margin-top:6px;width:100%}th{color:#6e9fff;font-weight:500}th,td{border-bottom:1px solid #25282f;padding:5px 10px;text-align:left}
"""


if __name__ == "__main__":
    sys.exit(main())
