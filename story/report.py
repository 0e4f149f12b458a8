"""The page that tells a run: what happened, what was checked and every commit.

    python -m story.report TIMELINE.json REPORT.html

makes it again of a run that was saved. It asks no network for anything.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, groupby, takewhile
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from jinja2 import Template
from markupsafe import Markup, escape

from story.pictures import ALERTS, alerts, clock, drawn, styled
from story.timeline import Step, Told, loaded
from synth.render.emit import write_whole
from synth.review.forms.pages import source, templates

_PAGE = Path(__file__).parent / "page"
_DIFF_LINES, _DIFF_LETTERS = 200, 12_000
"""So much of a commit's diff is shown."""
_KINDS = {"+": "added", "-": "removed", "@": "place"}
"""What a line of a diff is, by its first letter."""
_FILES = 12
"""So many files of a commit are shown without being folded away."""


class Piece(NamedTuple):
    """Neighbouring lines of a diff that are of the same kind."""

    kind: str
    text: str


class Diff(NamedTuple):
    """The beginning of a diff, and how much of it is not shown."""

    pieces: tuple[Piece, ...]
    added: int
    removed: int
    left_out: int


def report(told: Told) -> str:
    """The whole page; the same for the same run."""
    pictures, rules = styled(drawn(told))
    style = "\n".join([(_PAGE / "style.css").read_text(), *_widths(told.steps), rules])
    return _template().render(
        told=told,
        verdict=verdict(told),
        checks=sum(len(step.checks) for step in told.steps),
        commits=sum(len(step.commits) for step in told.steps),
        length=max((step.ended for step in told.steps), default=0.0),
        failed=[(at, step) for at, step in enumerate(told.steps, 1) if not step.passed],
        pictures=pictures,
        alerts=alerts(told),
        tones=ALERTS,
        many_files=_FILES,
        style=style,
        policy=_policy(style),
    )


def verdict(told: Told) -> str:
    """Whether everything held, in a few words."""
    checks = [check for step in told.steps for check in step.checks]
    failed = sum(not check.passed for check in checks)
    stopped = [f"step {at}" for at, step in enumerate(told.steps, 1) if step.failure]
    if not told.steps:
        return "nothing was run"
    counted = _counted(len(checks), "check")
    result = f"{failed} of {counted} failed" if failed else f"{counted}, all passed"
    joined = ", and" if failed else ", but"
    return f"{result}{joined} {' and '.join(stopped)} could not go on" if stopped else result


def _template() -> Template:
    environment = templates(_PAGE)
    environment.filters.update(
        clock=clock, counted=_counted, diff=_diff, duration=_duration, prose=_prose
    )
    return environment.get_template("report.html")


def _policy(style: str) -> str:
    """A Content-Security-Policy that lets in nothing but the style that the page brings."""
    return f"default-src 'none'; style-src {source(style)}; base-uri 'none'; form-action 'none'"


def _widths(steps: Iterable[Step]) -> Iterator[str]:
    """Rules that make the parts of the strip as long as their steps."""
    for number, step in enumerate(steps, 1):
        yield f".strip li:nth-child({number}) {{ flex-grow: {step.ended - step.began:.1f} }}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _duration(seconds: float) -> str:
    """`14 min 35 s`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _prose(text: str) -> Markup:
    """Text in which `words between backticks` are code."""
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part)
        for number, part in enumerate(text.split("`"))
    )


def _diff(text: str) -> Diff:
    lines = list(_kinds(text.splitlines()))
    kinds = [kind for kind, _ in lines]
    letters = accumulate(len(line) for _, line in lines)
    fitting = sum(1 for _ in takewhile(lambda so_far: so_far <= _DIFF_LETTERS, letters))
    shown = lines[: min(_DIFF_LINES, fitting)]
    return Diff(
        tuple(_pieces(shown)), kinds.count("added"), kinds.count("removed"), len(lines) - len(shown)
    )


def _kinds(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Every line and what it is; the head of a file, too, has lines that begin with + and -."""
    head = False
    for line in lines:
        head = line.startswith("diff ") or (head and not line.startswith("@@"))
        if head:
            yield "file", line
        else:
            yield _KINDS.get(line[:1], "same"), line


def _pieces(lines: Sequence[tuple[str, str]]) -> Iterator[Piece]:
    for kind, group in groupby(lines, key=itemgetter(0)):
        yield Piece(kind, "\n".join(line for _, line in group))


if __name__ == "__main__":
    timeline, page = map(Path, sys.argv[1:])
    write_whole(page, report(loaded(timeline)).encode())
