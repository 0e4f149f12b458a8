"""`synth promote`: what one environment says otherwise than another, and parts of it carried over."""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from synth.cli.steps import mistakes, repository, stop
from synth.config.load import Loaded
from synth.configuration import check_names, configuration
from synth.edit.environment import carried
from synth.edit.files import ChangedMeanwhileError, Rewrite, tried, write
from synth.edit.text import EditError
from synth.pipeline import validated
from synth.project import Project
from synth.review.apart import OWN, Difference, apart, carried_over, keys, mentions
from synth.review.values import ORDER
from synth.review.words import some


class Pair(NamedTuple):
    """The environment that is asked and the one that gets something of it."""

    source: Loaded
    target: Loaded

    @property
    def names(self) -> tuple[str, str]:
        return self.source.environment.name, self.target.environment.name


def run(options: argparse.Namespace) -> int:
    project = repository(options)
    if options.source == options.env:
        stop(f"synth promote: --from and --to are both {options.env}: name two environments")
    with mistakes():
        loaded = configuration(project)
        check_names(loaded, (options.source, options.env))
    pair = Pair(loaded[options.source], loaded[options.env])
    found = apart(pair.target, pair.source)
    if not options.keys:
        print(_json(pair, found) if options.output == "json" else _text(pair, found))
        return int(any(not each.own for each in found))
    chosen = _chosen(pair, found, options.keys)
    if chosen:
        _carry(project, pair, chosen, dry=options.dry_run)
    return 0


def _chosen(pair: Pair, found: Sequence[Difference], wanted: Sequence[str]) -> list[Difference]:
    """What lies at the keys; ends the command for a key that is none, or that stays as it is."""
    source, target = pair.names
    known = keys(*pair)
    wrong = [_unknown(pair, key, known) for key in wanted if key not in known]
    wrong += [
        f"synth promote: {each.key} is what makes {target} another environment than {source}: "
        "it stays"
        for key in wanted
        for each in found
        if each.fixed and (each.key == key or each.path[0] == key.split(".")[0] in OWN)
    ]
    if wrong:
        stop("\n".join(dict.fromkeys(wrong)))
    chosen: list[Difference] = []
    for key in wanted:
        here = [each for each in found if each.within(key)]
        own = [each for each in here if each.own and key.split(".")[0] not in OWN]
        chosen += [each for each in here if each not in own and each not in chosen]
        if own:
            names = some([each.key for each in own])
            print(f"left as it is, since it says the environment's name: {names}", file=sys.stderr)
        if not here:
            print(f"{target}: {key}: nothing to carry: {source} says the same")
    return chosen


def _unknown(pair: Pair, key: str, known: set[str]) -> str:
    source, target = pair.names
    close = difflib.get_close_matches(key, sorted(known), n=1)
    hint = f", did you mean {close[0]!r}?" if close else ""
    return f"synth promote: neither {source} nor {target} says anything of {key!r}{hint}"


def _carry(
    project: Project,
    pair: Pair,
    chosen: Sequence[Difference],
    *,
    dry: bool,
) -> None:
    source, target = pair.names

    def reloaded(folder: Path) -> Loaded:
        return validated(Project(project.root, folder))[0][target]

    def right(after: Loaded) -> bool:
        return carried_over(pair.target, after, chosen)

    for each in chosen:
        if each.path[-1] == ORDER:
            stop(f"{target}: {'.'.join(each.path[:-1])}: an order is changed by hand")
    try:
        values = {each.path: each.after for each in chosen}
        with mistakes():
            wanted = list(carried(values, pair.target, pair.source))
            rewrites = tried(project.root, pair.target, wanted, reloaded, right)
            if not dry:
                write(project.root, rewrites)
    except (EditError, ChangedMeanwhileError) as error:
        stop(f"{target}: {error}")
    if dry:
        print("".join(map(_patch, rewrites)), end="")
        return
    for each in chosen:
        print(f"{' and '.join(file.name for file in rewrites)}: {each}")
    for each in chosen:
        if mentions(each, source):
            print(f"look at {each.key}: what was carried speaks of {source}", file=sys.stderr)
    print("`synth build` writes dist/; the commit is yours", file=sys.stderr)


def _patch(rewrite: Rewrite) -> str:
    before, after = (
        text.decode().splitlines(keepends=True) for text in (rewrite.before, rewrite.after)
    )
    lines = difflib.unified_diff(before, after, rewrite.name, rewrite.name)
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def _text(pair: Pair, found: Sequence[Difference]) -> str:
    source, target = pair.names
    own = [each for each in found if each.own]
    others = [each for each in found if not each.own]
    if others:
        count = "1 key" if len(others) == 1 else f"{len(others)} keys"
        lines = [f"{target} → {source}: {count}", *_lines(pair, others)]
    else:
        lines = [f"{target} says all that {source} does"]
    if own:
        lines += ["", "each one's own", *_lines(pair, own)]
    if others:
        lines += [
            "",
            f"`synth promote --from {source} --to {target} KEY…` carries a key, or all below it",
        ]
    return "\n".join(lines)


def _lines(pair: Pair, found: Sequence[Difference]) -> list[str]:
    source, target = pair.names
    lines = []
    for each in found:
        there = _place(pair.source, each, each.shown[1])
        here = _place(pair.target, each, each.shown[0])
        lines += [f"  {each}", f"      {target} {here}, {source} {there}"]
    return lines


def _place(loaded: Loaded, difference: Difference, value: Any) -> str:
    """Where an environment says it, if it does."""
    path = tuple(part for part in difference.path if part != ORDER)
    written = loaded.written(*path)
    return "nowhere" if written == "default" and value is None else written


def _json(pair: Pair, found: Sequence[Difference]) -> str:
    source, target = pair.names
    return json.dumps(
        {
            "from": source,
            "to": target,
            "differences": [
                {
                    "key": each.key,
                    "path": each.path,
                    "own": each.own,
                    "from": _side(pair.source, each, 1),
                    "to": _side(pair.target, each, 0),
                }
                for each in found
            ],
        },
        indent=2,
        ensure_ascii=False,
    )


def _side(loaded: Loaded, difference: Difference, side: int) -> dict[str, Any]:
    value = difference.shown[side]
    return {"value": value, "place": _place(loaded, difference, value)}
