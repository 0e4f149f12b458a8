"""`synth rules`: every rule by its code, and some of them explained with an example."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from difflib import get_close_matches
from inspect import getdoc
from itertools import groupby
from pathlib import Path
from textwrap import fill, indent

from synth.cli.steps import mistakes, stop
from synth.kit.table import table
from synth.project import find_project
from synth.rules.book import LOOKS_AT, SMALLEST, Chapter, Rule, chapter, prefixes

_SAYS = "It says"


def run(options: argparse.Namespace) -> int:
    codes = [each.upper() for each in options.codes]
    chapters = _chosen(codes, _own(options.directory))
    rules = [rule for each in chapters for rule in each.rules]
    if options.output == "json":
        print(json.dumps(list(map(asdict, rules)), indent=2, ensure_ascii=False))
    elif options.output == "markdown":
        print(_page(chapters), end="")
    elif codes:
        print("\n\n\n".join(map(_explained, rules)))
    else:
        print(_listed(chapters))
    return 0


def _own(directory: Path) -> list[Chapter]:
    """The repository's own rules, where there is one that has some."""
    try:
        folder = find_project(directory.resolve()).rules
    except FileNotFoundError:
        return []
    if not any(folder.glob("*.py")):
        return []
    with mistakes():
        from synth.rules.own import load_own_rules

        own = load_own_rules(folder)
    rules = [
        Rule(
            each.code,
            "objects",
            each.title,
            "error",
            getdoc(each.check) or f"It is at {each.place}.",
        )
        for each in own
    ]
    return [
        Chapter(prefix, "This repository's own", list(its))
        for prefix, its in groupby(rules, lambda rule: rule.code.rstrip("0123456789"))
    ]


def _chosen(codes: Sequence[str], own: Sequence[Chapter]) -> list[Chapter]:
    """The rules whose codes these are, or begin with these; all where none is named. Ends the command
    where there is none for one of them.
    """
    if not codes:
        return [*map(chapter, prefixes()), *own]
    near = {each[:2] for each in codes}
    read = [*(chapter(each) for each in prefixes() if each.startswith(tuple(near))), *own]
    there = [rule.code for each in read for rule in each.rules]
    for code in codes:
        if not any(each.startswith(code) for each in there):
            stop(_unknown(code, own))
    kept = (
        replace(each, rules=[rule for rule in each.rules if rule.code.startswith(tuple(codes))])
        for each in read
    )
    return [each for each in kept if each.rules]


def _unknown(code: str, own: Sequence[Chapter]) -> str:
    chapters = [*map(chapter, prefixes()), *own]
    known = [rule.code for each in chapters for rule in each.rules]
    near = get_close_matches(code, [*known, *(each.prefix for each in chapters)], 2, 0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else "`synth rules` lists all"
    return f"there is no rule {code}: {hint}"


def _listed(chapters: Sequence[Chapter]) -> str:
    rows = [(rule.code, rule.severity, rule.title) for each in chapters for rule in each.rules]
    head, *lines = table(("CODE", "SEVERITY", "FINDS"), rows).splitlines()
    rest = iter(lines)
    parts = [
        "\n".join([f"{each.about} ({each.prefix})", *(next(rest) for _ in each.rules)])
        for each in chapters
    ]
    return "\n\n".join([head, *parts])


def _explained(rule: Rule) -> str:
    source = f" Source: {rule.source}." if rule.source else ""
    why = fill(f"Looks at {LOOKS_AT[rule.looks_at]}. {rule.why}{source}", 100)
    example = (f"{head}:\n\n{indent(text, '    ')}" for head, text in _example(rule))
    return "\n\n".join([f"{rule.code}, {rule.severity}: {rule.title}", why, *example])


def _example(rule: Rule) -> Iterator[tuple[str, str]]:
    """The parts of an example, each with what it is."""
    for head, text in (
        ("With this in the environment", rule.given),
        ("With this in dist/, as the last build left it", rule.stands),
        ("With this before", rule.before),
        ("This breaks it", rule.breaks),
        (_SAYS, rule.message),
        ("This does not break it", rule.fits),
    ):
        if text:
            yield head, text.rstrip("\n")


def _page(chapters: Sequence[Chapter]) -> str:
    """docs/rules.md, or a part of it."""
    return "\n".join([_HEAD, *_blocks([("", SMALLEST)]), *map(_chapter, chapters)])


def _chapter(of: Chapter) -> str:
    rows = "".join(
        f"| [{rule.code}](#{rule.code.lower()}) | {rule.severity} | {rule.title} |\n"
        for rule in of.rules
    )
    given = [("Beside every example that says nothing else", of.given)] if of.given else []
    return "\n".join(
        [
            f"## {of.about} ({of.prefix})\n",
            f"| code | | finds |\n|---|---|---|\n{rows}",
            *_blocks(given),
            *(_section(rule, of.given) for rule in of.rules),
        ]
    )


def _section(rule: Rule, given: str) -> str:
    source = f" Source: {rule.source}." if rule.source else ""
    what = f"**{rule.title}** ({rule.severity}; looks at {LOOKS_AT[rule.looks_at]})\n"
    own = rule if rule.given != given else replace(rule, given="")
    return "\n".join([f"### {rule.code}\n", what, f"{rule.why}{source}\n", *_blocks(_example(own))])


def _blocks(parts: Iterable[tuple[str, str]]) -> Iterator[str]:
    for head, text in parts:
        if head:
            yield f"{head}:\n"
        yield f"```{'' if head == _SAYS else 'yaml'}\n{text.rstrip()}\n```\n"


_HEAD = """\
# Rules

Made of `synth/rules/book/` by `synth rules -o markdown`; the examples are run as tests.

What `synth validate` and `synth diff` look for, by code. `synth rules` lists them, `synth rules CODE`
explains one, `synth rules KF` all whose codes begin so. How much a finding weighs in an environment and
which ones it lives with says its policy: [findings.md](findings.md).

Examples are parts of an environment file, laid over this one as `extends` lays them; or objects that such
an environment renders:
"""
