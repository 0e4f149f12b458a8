"""`synth docs`: the pages of this version's documentation, whole or a section of one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from difflib import get_close_matches

from synth.cli.steps import stop
from synth.documentation import pages, sections
from synth.kit.table import table


def run(options: argparse.Namespace) -> int:
    there = pages()
    if not there:
        stop("this installation has come without the pages: they are in docs/ of the generator")
    if not options.page:
        rows = [(name, _title(path.read_text())) for name, path in there.items()]
        print(table(("PAGE", "ABOUT"), rows))
        return 0
    address, _, section = options.page.partition("#")
    name = address.rpartition("/")[2].removesuffix(".md")
    if name not in there:
        stop(f"there is no page {name}{_near(name, there)}; `synth docs` lists all")
    text = there[name].read_text()
    found = sections(text)
    if section and section not in found:
        stop(f"{name} has no section {section}{_near(section, found)}")
    _show(found[section] if section else text)
    return 0


def _title(text: str) -> str:
    return text.partition("\n")[0].lstrip("# ")


def _near(wanted: str, known: Iterable[str]) -> str:
    near = get_close_matches(wanted, list(known), 2, 0.75)
    return f", did you mean {' or '.join(near)}?" if near else ""


def _show(text: str) -> None:
    if not sys.stdout.isatty():
        sys.stdout.write(text)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(text))
