"""A report as a comment of a pull request."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from synth.review.forms.headline import edit, headline, severities
from synth.review.report import Danger, Line, Report, together
from synth.review.risks.kinds import RISKS
from synth.review.words import some, where

LONGEST_COMMENT = 65_536
"""Characters that GitHub takes at most."""
LIMIT = LONGEST_COMMENT - 136
"""Bytes, which are never fewer than characters; room is left for whoever puts a mark before it."""

_FEW = 3
"""So many risks of one kind are named one by one."""
_SHORT = 25
"""So many lines are shown without being folded away."""
_MOST_EDITS = 8
_TAIL = "\n_Too much for a comment: `synth diff` has all of it._\n"
_SPECIAL = re.compile(r"([\\`*\[\]|<>])")
_MENTION = re.compile(r"(?<!\w)@")


def as_markdown(report: Report, limit: int = LIMIT) -> str:
    """The report within `limit`: what decides comes first, and of the rest every application has
    its fair share of what room there is.
    """
    head = "\n".join([*_head(report), *_risks(report), *_edits(report)]) + "\n"
    blocks = [*_details(report), *_changes(report)]
    room = limit - _size(head) - _size(_TAIL)
    shown, whole = _fitted(blocks, room)
    return head + "".join(shown) + ("" if whole else _TAIL)


class _Block:
    """Lines under a title, which may be folded away."""

    def __init__(self, title: str, lines: Sequence[str], *, folded: bool) -> None:
        self.lines = lines
        self._title = title
        self._folded = folded

    def text(self, number: int) -> str:
        """The first lines of it, and how many more there are."""
        shown = list(self.lines[:number])
        if number < len(self.lines):
            shown.append(f"- … {len(self.lines) - number} more")
        content = "\n".join(shown)
        if not self._folded:
            return f"\n#### {self._title}\n\n{content}\n"
        return f"\n<details><summary>{self._title}</summary>\n\n{content}\n\n</details>\n"

    @property
    def size(self) -> int:
        """How much room all of it takes."""
        return _size(self.text(len(self.lines)))

    def within(self, room: int) -> str:
        """As much of it as there is room for."""
        number = len(self.lines)
        left = room - _size(self.text(0))
        if self.size > room:
            number = 0
            while left >= (needed := _size(self.lines[number]) + 1):
                left -= needed
                number += 1
        return self.text(number)


def _fitted(blocks: Sequence[_Block], room: int) -> tuple[list[str], bool]:
    """Every block with its share of the room; what small ones leave is for the large."""
    shown: dict[int, str] = {}
    for done, (place, block) in enumerate(sorted(enumerate(blocks), key=lambda b: b[1].size)):
        shown[place] = block.within(room // (len(blocks) - done))
        room -= _size(shown[place])
    whole = all(shown[place] == block.text(len(block.lines)) for place, block in enumerate(blocks))
    return [shown[place] for place in range(len(blocks))], whole


def _head(report: Report) -> Iterator[str]:
    yield f"### {headline(report)}"
    yield ""
    yield f"Compared with {escaped(report.base)}."
    yield from (f"\n> {escaped(note)}" for note in report.notes)
    if report.changes:
        yield ""
        yield "| environment | new | changed | gone | risks |"
        yield "|---|--:|--:|--:|---|"
        yield from (_row(report, name) for name in report.environments)


def _row(report: Report, environment: str) -> str:
    counts = report.count(environment)
    changed = counts.get("changed", 0) + counts.get("moved", 0) + counts.get("renamed", 0)
    found = tuple(risk for risk in report.risks if risk.environment == environment)
    cells = (
        environment or "Argo CD's settings",
        counts.get("added", 0),
        changed,
        counts.get("removed", 0),
        severities(found) if found else "",
    )
    return f"| {' | '.join(map(str, cells))} |"


def _risks(report: Report) -> Iterator[str]:
    dangers = report.dangers()
    if dangers:
        yield ""
        yield "#### Risks"
        yield ""
    for code, group in groupby(dangers, key=lambda each: each.risk.code):
        these = list(group)
        severity, title = RISKS[code]
        if len(these) <= _FEW:
            yield from (f"- **{severity}** {code} {_danger(each)}" for each in these)
        else:
            subjects = list(dict.fromkeys(escaped(each.risk.subject) for each in these))
            names = dict.fromkeys(name for each in these for name in each.environments)
            yield (
                f"- **{severity}** {code} {title}: {len(these)} times{where(names)}: "
                f"{some(subjects)}"
            )


def _edits(report: Report) -> Iterator[str]:
    if not report.edits:
        return
    yield ""
    yield "#### Configuration"
    yield ""
    for each in report.edits[:_MOST_EDITS]:
        yield f"- {escaped(edit(each))} ({each.place})"
    if len(report.edits) > _MOST_EDITS:
        yield f"- … {len(report.edits) - _MOST_EDITS} more"


def _danger(danger: Danger) -> str:
    risk, environments = danger
    return (
        f"{escaped(risk.subject)}{where(environments)}: {escaped(risk.reason)}. "
        f"_{escaped(risk.way_out)}_"
    )


def _details(report: Report) -> Iterator[_Block]:
    """The risks that the head only counts."""
    for code, group in groupby(report.dangers(), key=lambda each: each.risk.code):
        lines = [f"- {_danger(each)}" for each in group]
        if len(lines) > _FEW:
            yield _Block(f"{code} {RISKS[code].title}: {len(lines)}", lines, folded=True)


def _changes(report: Report) -> Iterator[_Block]:
    lines = together(report.lines())
    folded = len(lines) > _SHORT
    for application, group in groupby(lines, key=lambda line: line.application):
        these = list(group)
        title = f"{application}: {_counted(these)}" if folded else application
        yield _Block(title, [_line(each) for each in these], folded=folded)


def _counted(lines: Iterable[Line]) -> str:
    words = {"added": "new", "removed": "gone"}
    counts = Counter(words.get(line.what, "changed") for line in lines)
    return ", ".join(
        f"{counts[what]} {what}" for what in ("new", "changed", "gone") if counts[what]
    )


def _line(line: Line) -> str:
    causes = some([f"{each.place}" for each in line.causes], 3)
    return f"- {escaped(str(line))}" + (f" ({escaped(causes)})" if causes else "")


def escaped(text: str) -> str:
    """A text that shows as it is, commands as code; nobody is mentioned by it."""
    parts = text.replace("\n", " ").split("`")
    if len(parts) % 2 == 0:  # a lonely backquote opens no code
        parts = ["'".join(parts)]
    parts[::2] = [_MENTION.sub("@\u200b", _SPECIAL.sub(r"\\\1", part)) for part in parts[::2]]
    return "`".join(parts)


def _size(text: str) -> int:
    return len(text.encode())
