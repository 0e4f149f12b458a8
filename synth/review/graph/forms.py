"""Pictures for programs, for Graphviz, and as text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from synth.review.graph.picture import Box, Picture


def as_json(pictures: Sequence[Picture]) -> str:
    """Everything that the pictures show."""
    return json.dumps([_data(each) for each in pictures], indent=2, ensure_ascii=False)


def as_dot(pictures: Sequence[Picture]) -> str:
    """One graph in Graphviz' language, a cluster per picture."""
    lines = ["digraph synth {", "  node [shape=box];"]
    for index, picture in enumerate(pictures):
        lines += [f"  subgraph cluster_{index} {{", f"    label={_quoted(picture.title)};"]
        for box in picture.boxes:
            lines.append(f"    {_id(index, box.id)} [label={_quoted(chr(10).join(_texts(box)))}];")
        for arrow in picture.arrows:
            style = ", style=dashed, constraint=false" if arrow.returns else ""
            ends = f"{_id(index, arrow.source)} -> {_id(index, arrow.target)}"
            lines.append(f"    {ends} [label={_quoted(arrow.label)}{style}];")
        lines.append("  }")
    return "\n".join([*lines, "}"])


def as_text(pictures: Sequence[Picture]) -> str:
    """Every box with what leads to it and why."""
    return "\n\n".join(map(_text, pictures))


def _text(picture: Picture) -> str:
    names = {box.id: " ".join(filter(None, (box.caption, _name(box)))) for box in picture.boxes}
    lines = [picture.title]
    for box in sorted(picture.boxes, key=lambda box: box.rank):
        rank = f" ({picture.ranks[box.rank]})" if picture.ranks else ""
        about = ", ".join(line.text for line in box.lines) if box.title.text else ""
        lines.append(f"  {names[box.id]}{f': {about}' if about else ''}{rank}")
        lines += [
            f"    ← {names[arrow.source]}: {arrow.reason}"
            for arrow in picture.arrows
            if arrow.target == box.id
        ]
    return "\n".join(lines)


def _name(box: Box) -> str:
    return box.title.text or ", ".join(line.text for line in box.lines)


def _texts(box: Box) -> list[str]:
    return [
        text for text in (box.caption, box.title.text, *(each.text for each in box.lines)) if text
    ]


def _id(index: int, name: str) -> str:
    return _quoted(f"{index}.{name}")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _data(picture: Picture) -> dict[str, Any]:
    return {
        "title": picture.title,
        "nodes": [
            {
                "id": box.id,
                "what": box.caption or None,
                "rank": picture.ranks[box.rank] if picture.ranks else box.rank,
                "names": [
                    {"text": line.text, "file": line.file or None}
                    for line in (box.title, *box.lines)
                    if line.text
                ],
            }
            for box in picture.boxes
        ],
        "edges": [
            {
                "from": arrow.source,
                "to": arrow.target,
                "label": arrow.label or None,
                "reason": arrow.reason,
                "returns": arrow.returns,
            }
            for arrow in picture.arrows
        ],
    }
