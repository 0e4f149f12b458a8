"""A report for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from rich.text import Text

from synth.review.forms.headline import edit, headline
from synth.review.report import Danger, Line, Report, together
from synth.review.risks.kinds import RISKS
from synth.review.words import where

SIGNS = {"added": "+", "removed": "−", "changed": "~", "moved": "→", "renamed": "→"}
"""What happens, in one character."""
_COLOURS = {
    "added": "green", "removed": "red", "changed": "yellow", "moved": "cyan", "renamed": "cyan",
    "high": "bold red", "medium": "yellow", "low": "dim",
}  # fmt: skip


def as_text(report: Report) -> Text:
    """The report with its colours; risks first, then every change by application."""
    return Text("\n").join([*_head(report), *_risks(report), *_edits(report), *_changes(report)])


def _head(report: Report) -> Iterator[Text]:
    yield Text(headline(report), "bold")
    yield Text(f"compared with {report.base}", "dim")
    yield from (Text(f"note: {note}", "dim") for note in report.notes)


def _risks(report: Report) -> Iterator[Text]:
    dangers = report.dangers()
    if dangers:
        yield Text("")
        yield Text("Risks", "bold")
    for code, group in groupby(dangers, key=lambda each: each.risk.code):
        severity, title = RISKS[code]
        yield Text.assemble((f"{severity:<6}", _COLOURS[severity]), f" {code} {title}")
        for each in group:
            yield from _danger(each)


def _danger(danger: Danger) -> Iterator[Text]:
    risk, environments = danger
    yield Text(f"       {risk.subject}{where(environments)}: {risk.reason}")
    yield Text(f"       ⇒ {risk.way_out}", "dim")


def _edits(report: Report) -> Iterator[Text]:
    if report.edits:
        yield Text("")
        yield Text("Configuration", "bold")
    for each in report.edits:
        yield Text.assemble(f"  {edit(each)} ", (each.place, "dim"))


def _changes(report: Report) -> Iterator[Text]:
    for application, group in groupby(together(report.lines()), key=lambda line: line.application):
        yield Text("")
        yield Text(application, "bold")
        for line in group:
            yield from _line(line)


def _line(line: Line) -> Iterator[Text]:
    yield Text.assemble((f"  {SIGNS[line.what]} ", _COLOURS[line.what]), str(line))
    yield from (Text(f"      {cause}", "dim") for cause in line.causes[:5])
    if len(line.causes) > 5:
        yield Text(f"      and {len(line.causes) - 5} more", "dim")
