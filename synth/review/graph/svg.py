"""Pictures as one SVG that needs nothing else: text stays text, colours follow the reader's, every box
leads to its file. The same picture gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from synth.review.graph.layout import Layout, Point, Size, arrange
from synth.review.graph.picture import Arrow, Box, Line, Picture

_MARGIN, _HEAD, _RANK_HEAD = 28.0, 64.0, 26.0
_PADDING, _ROW, _CAPTION = 12.0, 18.0, 15.0
_LETTER, _SMALL = 8.6, 6.8
"""How wide a letter of a title and of a line is at most, on average, in the fonts that are asked for."""

_STYLE = """\
.synth-graph{--paper:#ffffff;--ink:#1f2933;--soft:#5b6875;--line:#93a1b0;--rank:#eef1f4;
--data:#0b6e99;--run:#7a4fb5;--serve:#b4540a;--watch:#a32a4e;--kubeflow:#2f6f4f;--platform:#4a5a6a;
font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}
@media (prefers-color-scheme:dark){.synth-graph{--paper:#12171d;--ink:#e6ebf0;--soft:#9fadbb;
--line:#627182;--rank:#1a212a;--data:#5cc1ec;--run:#c0a2f2;--serve:#f2a35e;--watch:#f28cab;
--kubeflow:#79cfa3;--platform:#a9b8c7}}
.synth-graph .paper{fill:var(--paper)}
.synth-graph text{fill:var(--ink);font-size:12px}
.synth-graph .head{font-size:19px;font-weight:600}
.synth-graph .about,.synth-graph .rank-name,.synth-graph .label{fill:var(--soft)}
.synth-graph .rank{fill:var(--rank)}
.synth-graph .rank-name{font-size:11px;text-anchor:middle;letter-spacing:.04em}
.synth-graph .box{fill:var(--paper);stroke:var(--tone);stroke-width:1.4}
.synth-graph .mark{fill:var(--tone)}
.synth-graph .caption{fill:var(--tone);font-size:10.5px;font-weight:600}
.synth-graph .title{font-size:13px;font-weight:600}
.synth-graph .line{fill:var(--soft);font-size:11.5px}
.synth-graph .arrow{fill:none;stroke:var(--line);stroke-width:1.3}
.synth-graph .tip{fill:var(--line);stroke:none}
.synth-graph .returns .arrow{stroke:var(--watch);stroke-dasharray:5 4}
.synth-graph .returns .tip{fill:var(--watch)}
.synth-graph .label{font-size:11px;text-anchor:middle;paint-order:stroke;stroke:var(--paper);
stroke-width:4px;stroke-linejoin:round}
.synth-graph .edge:hover .arrow{stroke:var(--ink);stroke-width:2.2}
.synth-graph .edge:hover .tip{fill:var(--ink)}
.synth-graph a:hover text,.synth-graph a:focus text{text-decoration:underline}
.synth-graph .data{--tone:var(--data)}.synth-graph .run{--tone:var(--run)}
.synth-graph .serve{--tone:var(--serve)}.synth-graph .watch{--tone:var(--watch)}
.synth-graph .kubeflow{--tone:var(--kubeflow)}.synth-graph .platform{--tone:var(--platform)}
"""


def as_svg(pictures: Sequence[Picture], *, base: str = "", name: str = "graph") -> str:
    """The pictures below each other. `base` is what stands before every link, so that it leads from
    where the SVG will lie to the repository's root: `../`; `name` tells its ids from those of other
    SVGs in one document.
    """
    drawn = [_Drawn(picture, base, f"{name}-{index}") for index, picture in enumerate(pictures)]
    width = max((each.width for each in drawn), default=0.0) + 2 * _MARGIN
    parts, at = [], _MARGIN
    for each in drawn:
        parts.append(f'<g transform="translate({_n(_MARGIN)} {_n(at)})">')
        parts += each.lines()
        parts.append("</g>")
        at += each.height + 2 * _MARGIN
    height = at - _MARGIN
    title = escape("; ".join(picture.title for picture in pictures))
    about = escape(" ".join(picture.description for picture in pictures))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="synth-graph" '
            f'viewBox="0 0 {_n(width)} {_n(height)}" width="{_n(width)}" height="{_n(height)}" '
            f'role="graphics-document" aria-labelledby="{escape(name)}-title {escape(name)}-desc">',
            f'<title id="{escape(name)}-title">{title}</title>',
            f'<desc id="{escape(name)}-desc">{about}</desc>',
            f"<style>\n{_STYLE}</style>",
            f'<rect class="paper" width="{_n(width)}" height="{_n(height)}"/>',
            *parts,
            "</svg>\n",
        ]
    )


class _Drawn:
    """One picture, laid out; its corner is at 0, 0."""

    def __init__(self, picture: Picture, base: str, prefix: str) -> None:
        self._picture = picture
        self._base = base
        self._prefix = prefix
        self._sizes = {box.id: _size(box) for box in picture.boxes}
        self._layout = self._arranged()
        size = self._layout.size
        self._top = _HEAD + (_RANK_HEAD if picture.ranks else 0.0)
        drawing = (size.along, size.across) if picture.across else (size.across, size.along)
        words = max(len(picture.title) * 11.0, len(picture.description) * _SMALL)
        self.width = max(drawing[0], words)
        self._left = 0.0 if picture.across else (self.width - drawing[0]) / 2
        self.height = self._top + drawing[1]

    def lines(self) -> Iterator[str]:
        """The elements, arrows below boxes."""
        yield f'<text class="head" x="0" y="20">{escape(self._picture.title)}</text>'
        yield f'<text class="about" x="0" y="42">{escape(self._picture.description)}</text>'
        yield from self._ranks()
        for arrow in self._picture.arrows:
            yield from self._arrow(arrow)
        for box in self._picture.boxes:
            yield from self._box(box)

    def _arranged(self) -> Layout:
        turned = self._picture.across
        sizes = {
            name: size if turned else Size(size.across, size.along)
            for name, size in self._sizes.items()
        }
        ranks = {box.id: box.rank for box in self._picture.boxes}
        arrows = self._picture.arrows
        back = {self._upward(each) for each in arrows if each.returns}
        return arrange(ranks, sizes, dict.fromkeys(map(self._upward, arrows)), back)

    def _upward(self, arrow: Arrow) -> tuple[str, str]:
        return (arrow.target, arrow.source) if arrow.returns else (arrow.source, arrow.target)

    def _ranks(self) -> Iterator[str]:
        starts = (*self._layout.ranks, self._layout.size.along + 56.0)
        for name, start, end in zip(self._picture.ranks, starts, starts[1:], strict=False):
            width = end - start - 32.0
            yield (
                f'<rect class="rank" x="{_n(start - 12)}" y="{_n(_HEAD - 8)}" rx="6" '
                f'width="{_n(width)}" height="{_n(self.height - _HEAD + 20)}"/>'
            )
            yield (
                f'<text class="rank-name" x="{_n(start - 12 + width / 2)}" y="{_n(_HEAD + 9)}">'
                f"{escape(name)}</text>"
            )

    def _box(self, box: Box) -> Iterator[str]:
        x, y = self._at(self._layout.boxes[box.id])
        width, height = self._sizes[box.id]
        name = ", ".join(
            filter(None, (box.caption, box.title.text, *(line.text for line in box.lines)))
        )
        yield (
            f'<g class="{box.kind}" id="{escape(f"{self._prefix}-{box.id}")}" role="graphics-symbol" '
            f'aria-label="{escape(name)}">'
        )
        yield (
            f'<rect class="box" x="{_n(x)}" y="{_n(y)}" rx="5" width="{_n(width)}" '
            f'height="{_n(height)}"/>'
        )
        yield f'<rect class="mark" x="{_n(x)}" y="{_n(y + 5)}" width="4" height="{_n(height - 10)}"/>'
        at = y + 6.0
        if box.caption:
            at += _CAPTION
            yield _text("caption", x + _PADDING, at - 3, Line(box.caption), self._base)
        for style, line in (("title", box.title), *(("line", line) for line in box.lines)):
            at += _ROW if line.text else 0.0
            if line.text:
                yield _text(style, x + _PADDING, at - 5, line, self._base)
        yield "</g>"

    def _arrow(self, arrow: Arrow) -> Iterator[str]:
        points = [self._at(point) for point in self._layout.arrows[self._upward(arrow)]]
        if arrow.returns:
            points.reverse()
        style = "edge returns" if arrow.returns else "edge"
        yield f'<g class="{style}"><title>{escape(arrow.reason)}</title>'
        yield f'<path class="arrow" d="{self._path(points, backwards=arrow.returns)}"/>'
        yield f'<path class="tip" d="{self._tip(points[-1], backwards=arrow.returns)}"/>'
        if arrow.label:
            (x, y), (u, v) = points[:2] if arrow.returns else points[-2:]
            yield (
                f'<text class="label" x="{_n((x + u) / 2)}" y="{_n((y + v) / 2 + 4)}">'
                f"{escape(arrow.label)}</text>"
            )
        yield "</g>"

    def _path(self, points: Sequence[tuple[float, float]], *, backwards: bool) -> str:
        x, y = points[0]
        straight = int(backwards)
        parts = [f"M{_n(x)} {_n(y)}"]
        for index, (u, v) in enumerate(points[1:]):
            if index % 2 == straight:  # through a rank
                parts.append(f"L{_n(u)} {_n(v)}")
            elif self._picture.across:
                middle = (x + u) / 2
                parts.append(f"C{_n(middle)} {_n(y)} {_n(middle)} {_n(v)} {_n(u)} {_n(v)}")
            else:
                middle = (y + v) / 2
                parts.append(f"C{_n(x)} {_n(middle)} {_n(u)} {_n(middle)} {_n(u)} {_n(v)}")
            x, y = u, v
        return "".join(parts)

    def _tip(self, end: tuple[float, float], *, backwards: bool) -> str:
        x, y = end
        back = -7.0 if not backwards else 7.0
        if self._picture.across:
            return f"M{_n(x)} {_n(y)}L{_n(x + back)} {_n(y - 3.5)}L{_n(x + back)} {_n(y + 3.5)}Z"
        return f"M{_n(x)} {_n(y)}L{_n(x - 3.5)} {_n(y + back)}L{_n(x + 3.5)} {_n(y + back)}Z"

    def _at(self, point: Point) -> tuple[float, float]:
        """A point of the layout on the paper."""
        along, across = point
        if self._picture.across:
            return along, across + self._top
        return across + self._left, along + self._top


def _size(box: Box) -> Size:
    """Width and height of a box with its text."""
    widths = [len(box.title.text) * _LETTER, len(box.caption) * _SMALL]
    widths += [len(line.text) * _SMALL for line in box.lines]
    rows = len(box.lines) + bool(box.title.text)
    return Size(
        max(72.0, *widths) + 2 * _PADDING,
        rows * _ROW + (_CAPTION if box.caption else 0.0) + _PADDING,
    )


def _text(style: str, x: float, y: float, line: Line, base: str) -> str:
    text = f'<text class="{style}" x="{_n(x)}" y="{_n(y)}">{escape(line.text)}</text>'
    return f'<a href="{escape(base + line.file)}">{text}</a>' if line.file else text


def _n(number: float) -> str:
    """A number as short as it can be, the same everywhere."""
    return f"{round(number, 1):g}"
