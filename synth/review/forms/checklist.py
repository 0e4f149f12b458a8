"""A checklist for a terminal, for an issue, and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from synth.review.forms.markdown import escaped
from synth.review.upgrade import PHASES, Checklist, Step

_SHOWN = 6
"""So many of the things that a step is about are shown on a terminal."""


def as_text(lists: Iterable[Checklist]) -> str:
    """Every list, with the first of what each step is about."""
    return "\n\n".join("\n".join(_text(each)) for each in lists)


def as_markdown(lists: Iterable[Checklist]) -> str:
    """To be pasted into an issue; long lists are folded away."""
    return "\n".join("\n".join(_markdown(each)) + "\n" for each in lists)


def as_json(lists: Iterable[Checklist]) -> str:
    """The whole of it. Keys stay what they are; others may come."""
    return json.dumps(
        [
            {
                "environment": each.environment,
                "from": each.release,
                "to": each.to,
                "downgrade": each.back,
                "steps": [step._asdict() for step in each.steps],
            }
            for each in lists
        ],
        indent=2,
        ensure_ascii=False,
    )


def title(checklist: Checklist) -> str:
    """`Kubeflow 1.8.1 → 1.9.1 in prod: 12 steps`."""
    count = len(checklist.steps)
    back = " (a downgrade)" if checklist.back else ""
    steps = "nothing to do" if not count else "1 step" if count == 1 else f"{count} steps"
    way = f"Kubeflow {checklist.release} → {checklist.to}"
    return f"{way} in {checklist.environment}{back}: {steps}"


def _phases(checklist: Checklist) -> Iterator[tuple[str, list[Step]]]:
    for phase, name in PHASES.items():
        steps = [each for each in checklist.steps if each.phase == phase]
        if steps:
            yield name, steps


def _text(checklist: Checklist) -> Iterator[str]:
    yield title(checklist)
    for name, steps in _phases(checklist):
        yield ""
        yield name
        for each in steps:
            yield f"  [ ] {each.says}"
            yield f"      ⇒ {each.way}"
            # Commands are to be carried out, all of them.
            most = len(each.details) if each.details[:1] and each.details[0][0] == "`" else _SHOWN
            yield from (f"        {detail.strip('`')}" for detail in each.details[:most])
            if len(each.details) > most:
                yield f"        and {len(each.details) - most} more"


def _markdown(checklist: Checklist) -> Iterator[str]:
    yield f"### {escaped(title(checklist))}"
    for name, steps in _phases(checklist):
        yield ""
        yield f"#### {name}"
        yield ""
        for each in steps:
            yield f"- [ ] {escaped(each.says)}. _{escaped(each.way)}_"
            yield from _details(each.details)


def _details(details: Sequence[str]) -> Iterator[str]:
    if len(details) <= _SHOWN:
        yield from (f"  - {escaped(each)}" for each in details)
        return
    yield ""
    yield f"  <details><summary>all {len(details)}</summary>"
    yield ""
    yield from (f"  - {escaped(each)}" for each in details)
    yield ""
    yield "  </details>"
    yield ""
