"""The pages of the documentation: beside the package, or within it in a wheel."""

from __future__ import annotations

import re
from pathlib import Path

_PACKAGE = Path(__file__).parent
_HEADING = re.compile(r"(#+) (.*)")


def pages() -> dict[str, Path]:
    """Every page by its name; none in an installation that has come without them."""
    # Another package's docs/ may lie beside this one where it is installed.
    for folder in (_PACKAGE / "docs", _PACKAGE.parent / "docs"):
        if (folder / "configuration.md").is_file():
            return {path.stem: path for path in sorted(folder.glob("*.md"))}
    return {}


def sections(text: str) -> dict[str, str]:
    """What stands below each heading of a page, down to the next one that is as high; by what git
    hosts call the heading in an address.
    """
    lines = text.splitlines(keepends=True)
    headings = []
    quoted = False
    for place, line in enumerate(lines):
        quoted ^= line.startswith("```")
        if not quoted and (match := _HEADING.fullmatch(line.rstrip())):
            headings.append((place, len(match[1]), match[2]))
    found = {}
    for number, (place, level, title) in enumerate(headings):
        ends = (at for at, depth, _ in headings[number + 1 :] if depth <= level)
        anchor = re.sub(r"[^\w-]", "", title.lower().replace(" ", "-"))
        found[anchor] = "".join(lines[place : next(ends, len(lines))]).rstrip() + "\n"
    return found
