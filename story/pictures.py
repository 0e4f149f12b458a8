"""Figures of a run over time, drawn for the report."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from io import StringIO
from itertools import chain, pairwise
from math import floor, nan
from operator import itemgetter
from statistics import median
from string import ascii_lowercase
from typing import NamedTuple

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from story.timeline import Event, Step, Told

Points = Sequence[tuple[float, float]]
Lines = Mapping[str, Points]

ALERTS = {"alert fires": "bad", "alert resolved": "good"}
"""The kinds of events that are marked in pictures, and their colours."""

_SERIES = tuple(f"series-{number}" for number in range(1, 7))
_INKS = {
    name: f"#{number:06x}"
    for number, name in enumerate(("quiet", "grid", "band", "bad", "good", *_SERIES), 1)
}
"""The stylesheet has the colours, light and dark, by these names; here they only differ."""

_FONT = 11.0
_LETTER = 0.6 * _FONT
"""About as wide is a letter."""
_LINE = 1.2 * _FONT
_LEFT, _BOTTOM, _TOP = 52.0, 24.0, 40.0
"""What is around the axes, in pixels; to the right is room for names of lines."""
_TICKS = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
_BETWEEN_TICKS = 55.0
_PAUSE = 5
"""A line pauses where there is no point for so many times as long as usual."""


class Picture(NamedTuple):
    """How figures of a kind are drawn."""

    title: str
    shown: Callable[[float], str]
    objective: float | None = None
    most: float | None = None
    """The greatest value that there can be."""
    parts: bool = False
    """Whether the lines are parts of one whole."""


class Size(NamedTuple):
    """Of a drawing, in CSS pixels; the stylesheet picks the one that fits."""

    name: str
    width: float
    height: float


class Drawing(NamedTuple):
    """One size of a picture: what belongs into an `svg` element."""

    size: Size
    svg: str


class Drawn(NamedTuple):
    """A picture in every size, and in words."""

    title: str
    words: tuple[str, ...]
    drawings: tuple[Drawing, ...]


class Alert(NamedTuple):
    """An alert that begins to fire or is resolved, the letter that marks it and its step."""

    letter: str
    step: int
    event: Event


def clock(seconds: float) -> str:
    """`12:31`."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}\N{NO-BREAK SPACE}%"


def _milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:.0f}\N{NO-BREAK SPACE}ms"


PICTURES = {
    "accuracy": Picture("Accuracy by version", _percent, most=1),
    "latency": Picture("Latency by variant (95th percentile)", _milliseconds, objective=0.5),
    "traffic": Picture("Traffic by version", _percent, most=1, parts=True),
}
SIZES = (Size("wide", 960, 240), Size("narrow", 360, 220))


def alerts(told: Told) -> list[Alert]:
    """All that began to fire or were resolved, in order."""
    found = [
        (number, event)
        for number, step in enumerate(told.steps, 1)
        for event in step.events
        if event.kind in ALERTS
    ]
    return [Alert(_letter(place), *each) for place, each in enumerate(found)]


def drawn(told: Told) -> list[Drawn]:
    """Every picture that has figures, the known ones first; a line has the same colour in all."""
    known = {name: told.series[name] for name in PICTURES if name in told.series}
    series = known | told.series
    names = dict.fromkeys(chain.from_iterable(series.values()))
    inks = {name: _INKS[_SERIES[place % len(_SERIES)]] for place, name in enumerate(names)}
    found = []
    for name, all_lines in series.items():
        if lines := {line: points for line, points in all_lines.items() if points}:
            picture = PICTURES.get(name) or Picture(name.capitalize(), "{:g}".format)
            drawings = tuple(
                Drawing(size, _svg(told, picture, lines, inks, size, f"{name} {size.name}"))
                for size in SIZES
            )
            found.append(Drawn(picture.title, tuple(_words(picture, lines)), drawings))
    return found


def styled(pictures: Iterable[Drawn]) -> tuple[list[Drawn], str]:
    """The pictures with classes instead of styles, which a page's policy forbids, and the rules of
    these classes in the colours of the stylesheet.
    """
    classes: dict[str, str] = {}

    def classed(found: re.Match[str]) -> str:
        name = classes.setdefault(found["style"], f"ink-{len(classes)}")
        return f'{found["element"]} class="{name}"'

    def restyled(drawing: Drawing) -> Drawing:
        svg = re.sub(r'(?P<element><[^<>]*) style="(?P<style>[^"]*)"', classed, drawing.svg)
        return Drawing(drawing.size, svg)

    found = [
        each._replace(drawings=tuple(restyled(one) for one in each.drawings)) for each in pictures
    ]
    rules = "".join(f".{name} {{ {style} }}\n" for style, name in classes.items())
    for name, ink in _INKS.items():
        rules = rules.replace(ink, f"var(--{name})")
    return found, rules


def _letter(place: int) -> str:
    """a, b, … z, aa, bb, …"""
    rounds, letter = divmod(place, len(ascii_lowercase))
    return ascii_lowercase[letter] * (rounds + 1)


def _words(picture: Picture, lines: Lines) -> Iterator[str]:
    """What the lines show, for who does not see them."""
    for name, points in lines.items():
        values = [value for _, value in points]
        low, high, last = (picture.shown(each) for each in (min(values), max(values), values[-1]))
        span = f"{low} throughout" if low == high else f"between {low} and {high}, at last {last}"
        yield f"{name} from {clock(points[0][0])} to {clock(points[-1][0])}: {span}."
    if picture.objective is not None:
        yield f"The objective is {picture.shown(picture.objective)}."


def _svg(
    told: Told, picture: Picture, lines: Lines, inks: Mapping[str, str], size: Size, salt: str
) -> str:
    """What is inside the `svg` element; `salt` makes the names in it unique in a page."""
    with rc_context(
        {
            "svg.fonttype": "none",
            "svg.hashsalt": salt,
            "path.simplify_threshold": 0.5,
            "font.size": _FONT,
        }
    ):
        figure = Figure(figsize=(size.width / 72, size.height / 72), dpi=72)
        axes = _axes(figure, told, picture, lines, size)
        _mark_steps(axes, told.steps)
        _mark_alerts(axes, alerts(told))
        if picture.objective is not None:
            _draw_objective(axes, picture.objective, picture.shown)
        (_draw_parts if picture.parts else _draw_lines)(axes, lines, inks)
        text = StringIO()
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(text, format="svg", transparent=True, metadata=nothing)
    return _inner(text.getvalue())


def _inner(svg: str) -> str:
    """What is inside the `svg` element, without what a page has no use for: its style, names of groups
    and of fonts, hundredths of a pixel. Texts are readable upon lines.
    """
    start = svg.index("</defs>") + len("</defs>")
    body = svg[start : svg.rindex("</svg>")]
    body = re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)
    body = re.sub(r'(?<=<g) id="[^"]*"', "", body)
    body = re.sub(r'font-family: [^;"]*(; )?', "", body)
    body = body.replace("<text ", '<text paint-order="stroke" ')
    body = re.sub(r'(?<= d=")[^"]*', lambda path: _shorter(path[0]), body)
    return re.sub(r"\s*\n\s*", "\n", body).strip()


def _shorter(path: str) -> str:
    return re.sub(r"(\.\d)\d+", r"\1", " ".join(path.split()))


def _axes(figure: Figure, told: Told, picture: Picture, lines: Lines, size: Size) -> Axes:
    """Axes over the same time and at the same place in all pictures of a run."""
    longest = max(len(name) for names in told.series.values() for name in names)
    right = min(16 + _LETTER * longest, 0.3 * size.width)
    left, bottom = _LEFT / size.width, _BOTTOM / size.height
    width, height = 1 - left - right / size.width, 1 - bottom - _TOP / size.height
    axes = figure.add_axes((left, bottom, width, height))
    axes.set_xlim(0, _end(told))
    axes.set_ylim(*_limits(picture, lines))
    axes.set_xticks(list(_ticks(axes)))
    axes.locator_params(axis="y", nbins=5)
    axes.xaxis.set_major_formatter(lambda time, _: clock(time))
    axes.yaxis.set_major_formatter(lambda value, _: picture.shown(value))
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, pad=7, labelcolor=_INKS["quiet"])
    axes.grid(axis="y", color=_INKS["grid"], linewidth=1)
    axes.set_axisbelow(True)
    return axes


def _end(told: Told) -> float:
    lines = chain.from_iterable(each.values() for each in told.series.values())
    ends = [points[-1][0] for points in lines if points]
    return max(1, *ends, *(step.ended for step in told.steps))


def _limits(picture: Picture, lines: Lines) -> tuple[float, float]:
    """What the axis of values spans: from naught, but for shares that are all near one."""
    values = [value for points in lines.values() for _, value in points]
    if picture.most is None:
        return 0, 1.12 * max(*values, picture.objective or 0) or 1
    return 0 if picture.parts else floor(9 * min(values)) / 10, picture.most


def _ticks(axes: Axes) -> Iterator[int]:
    end = axes.get_xlim()[1]
    room = axes.bbox.width / _BETWEEN_TICKS
    step = next((each for each in _TICKS if end / each <= room), _TICKS[-1])
    yield from range(0, int(end) + 1, step)


def _pixels(axes: Axes, time: float, value: float) -> tuple[float, float]:
    x, y = axes.transData.transform((time, value))
    return float(x), float(y)


def _write(axes: Axes, text: str, x: float, y: float, ink: str, align: str = "left") -> None:
    """A text whose middle is at this height; numbers and names are no formulas."""
    axes.annotate(
        text,
        (x, y),
        xycoords="figure pixels",
        color=ink,
        horizontalalignment=align,
        verticalalignment="center_baseline",
        parse_math=False,
    )


def _mark_steps(axes: Axes, steps: Iterable[Step]) -> None:
    """Every other step is shaded; above are the numbers of those that have room for it."""
    top = axes.get_ylim()[1]
    for number, step in enumerate(steps, 1):
        if number % 2:
            axes.axvspan(step.began, step.ended, color=_INKS["band"], linewidth=0, zorder=0)
        (left, y), (right, _) = (_pixels(axes, at, top) for at in (step.began, step.ended))
        if right - left > _LETTER * len(str(number)) + 2:
            _write(axes, str(number), (left + right) / 2, y + 9, _INKS["quiet"], "center")


def _mark_alerts(axes: Axes, found: Iterable[Alert]) -> None:
    """A line each, up to its letter; letters make way for those before them."""
    free = 0.0
    for alert in found:
        ink = _INKS[ALERTS[alert.event.kind]]
        x, top = _pixels(axes, alert.event.at, axes.get_ylim()[1])
        axes.axvline(
            alert.event.at,
            ymax=1 + 20 / axes.bbox.height,
            color=ink,
            linewidth=1,
            linestyle="solid" if ALERTS[alert.event.kind] == "bad" else (0, (2, 2)),
            clip_on=False,
        )
        _write(axes, alert.letter, max(x, free), top + 28, ink, "center")
        free = max(x, free) + _LETTER * (len(alert.letter) + 1)


def _draw_objective(axes: Axes, value: float, shown: Callable[[float], str]) -> None:
    axes.axhline(value, color=_INKS["quiet"], linewidth=1, linestyle=(0, (5, 3)))
    x, y = _pixels(axes, 0, value)
    _write(axes, f"objective: {shown(value)}", x + 5, y + 8, _INKS["quiet"])


def _draw_lines(axes: Axes, lines: Lines, inks: Mapping[str, str]) -> None:
    """Lines with their names at their ends: beside the axes, else on the side where there is room."""
    beside = []
    for name, points in lines.items():
        axes.plot(*zip(*_with_gaps(points), strict=True), color=inks[name], linewidth=1.8)
        (time, value), (x, y) = points[-1], _pixels(axes, *points[-1])
        if axes.bbox.x1 - x < _LETTER:
            beside.append((y, name))
            continue
        others = [_held(each, time) for other, each in lines.items() if other != name]
        nearest = min(filter(None, others), key=lambda other: abs(other - value), default=0)
        _write(axes, name, x, y + (-_LINE if nearest > value else _LINE), inks[name], "right")
    free = 0.0
    for y, name in sorted(beside):
        _write(axes, name, axes.bbox.x1 + 6, max(y, free), inks[name])
        free = max(y, free) + _LINE


def _draw_parts(axes: Axes, lines: Lines, inks: Mapping[str, str]) -> None:
    """One upon the other, each with its name where it has most room."""
    times = sorted({time for points in lines.values() for time, _ in points})
    floors = [0.0] * len(times)
    for name, points in lines.items():
        values = [_held(points, time) for time in times]
        tops = [low + value for low, value in zip(floors, values, strict=True)]
        area = axes.fill_between(times, floors, tops, step="post", color=inks[name], alpha=0.3)
        area.set_linewidth(0)
        spans = zip(pairwise([*times, times[-1]]), floors, values, strict=True)
        (start, end), low, value = max(spans, key=lambda span: (span[0][1] - span[0][0]) * span[2])
        x, y = _pixels(axes, (start + end) / 2, low + value / 2)
        _write(axes, name, x, y, inks[name], "center")
        floors = tops


def _with_gaps(points: Points) -> Iterator[tuple[float, float]]:
    """Not a number where there was nothing for a while; a figure that only stays as it was has few
    points, too.
    """
    pairs = list(pairwise(points))
    usual = median(end - start for (start, _), (end, _) in pairs) if pairs else 0
    yield points[0]
    for (start, before), (end, value) in pairs:
        if value != before and end - start > _PAUSE * usual:
            yield end, nan
        yield end, value


def _held(points: Points, time: float) -> float:
    """The value of a line at a time; none before its first point or after its last."""
    place = bisect_right(points, time, key=itemgetter(0))
    return points[place - 1][1] if place and time <= points[-1][0] else 0.0
