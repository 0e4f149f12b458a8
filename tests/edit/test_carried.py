"""What one environment has of another is read again, and everything else stays as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from synth.config.load import Loaded, load, plain, value_at
from synth.edit.environment import carried
from synth.edit.files import tried, write
from synth.edit.values import Value, block
from synth.review.apart import apart, carried_over

KNOWN = {"Kubeflow releases": ("1.8.1",), "Argo CD versions": ("3.2",)}
HEAD = """\
# Ours.
extends: base
name: {name}   # as the file
cluster: {{server: "https://{name}.k8s.example.com", kubernetes: "1.26"}}
"""
TAIL = """\
# What it demands.
policy:   {requireProvenance:   true}   # since spring
"""
NAMES = ("cv", "nlp", "ops")
AMOUNTS = st.sampled_from(["1", "4", "500m", "2Gi", "64Gi"])
MEMBERS = st.lists(
    st.sampled_from(["ann@example.com", "bob@example.com"]), max_size=2, unique=True
).map(lambda users: [{"user": user} for user in users])
QUOTAS = st.dictionaries(
    st.sampled_from(["cpu", "memory", "requests.nvidia.com/gpu"]), AMOUNTS, min_size=1
)
TEAMS = st.fixed_dictionaries(
    {},
    optional={
        "quota": QUOTAS,
        "isolated": st.booleans(),
        "contributors": MEMBERS,
        "nodes": st.dictionaries(
            st.just("selector"), st.dictionaries(st.sampled_from("ab"), st.just("x"))
        ),
    },
)
BASES = st.dictionaries(st.sampled_from(NAMES), TEAMS, max_size=3)


@st.composite
def own(draw: st.DrawFn, base: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """What an environment's own file says of teams: more, otherwise, or that something is gone."""
    entries = []
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True)):
        if name in base and draw(st.booleans()):
            entries.append({"name": name, "remove": True})
            continue
        entry: dict[str, Any] = {"name": name, **draw(TEAMS)}
        if name not in base:
            entry["owner"] = f"{draw(st.sampled_from(NAMES))}@example.com"
        for key in (
            draw(st.sets(st.sampled_from(sorted(base.get(name, {}))))) if base.get(name) else ()
        ):
            entry[key] = None
        quota = base.get(name, {}).get("quota")
        if quota and entry.get("quota") is not None:
            entry["quota"] |= dict.fromkeys(draw(st.sets(st.sampled_from(sorted(quota)))))
        entries.append(entry)
    return entries


@st.composite
def files(draw: st.DrawFn) -> dict[str, str]:
    """Two environments of one base."""
    base = draw(BASES)
    teams: list[Value] = [
        {"name": name, "owner": "a@example.com", **cast("dict[str, Value]", team)}
        for name, team in base.items()
    ]
    common: dict[str, Value] = {"gitops": {"repoURL": "https://git.example.com/platform.git"}}
    texts = {"base": "\n".join(block({**common, **({"teams": teams} if teams else {})})) + "\n"}
    for name in ("prod", "staging"):
        entries: list[Value] = list(draw(own(base)))
        lines = block({"teams": entries}) if entries else iter(())
        texts[name] = HEAD.format(name=name) + "".join(f"{line}\n" for line in lines) + TAIL
    return texts


@settings(max_examples=60)
@given(files(), st.data())
def test_what_is_carried_is_read_again(texts: dict[str, str], data: st.DataObject) -> None:
    with TemporaryDirectory() as scratch:
        folder = Path(scratch, "environments")
        folder.mkdir()
        for name, text in texts.items():
            (folder / f"{name}.yaml").write_text(text)
        prod, staging = _both(folder)
        found = [each for each in apart(prod, staging) if not each.own]
        chosen = data.draw(st.lists(st.sampled_from(found), unique_by=str)) if found else []
        wanted = carried({each.path: each.after for each in chosen}, prod, staging)
        rewrites = tried(
            Path(scratch),
            prod,
            wanted,
            lambda there: next(_both(there)),
            lambda after: carried_over(prod, after, chosen),
        )
        write(Path(scratch), rewrites)
        now = (folder / "prod.yaml").read_text()
        assert now.startswith(HEAD.format(name="prod"))
        assert TAIL in now
        assert (folder / "base.yaml").read_text() == texts["base"]
        assert (folder / "staging.yaml").read_text() == texts["staging"]
        before, there, after = (plain(each.tree) for each in (prod, staging, next(_both(folder))))
        for each in chosen:
            assert value_at(after, each.path) == value_at(there, each.path)
        for path in {*_leaves(before, ()), *_leaves(after, ())}:
            if not any(path[: len(each.path)] == each.path for each in chosen):
                assert value_at(after, path) == value_at(before, path)


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The way to everything that is no map and no list of named things, or is empty."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _leaves(each, (*path, key))
    elif isinstance(value, tuple) and (not value or "name" in value[0]):
        for each in value:
            yield from _leaves(each, (*path, each["name"]))
    else:
        yield path


def _both(folder: Path) -> Iterator[Loaded]:
    loaded = load(folder, KNOWN)
    return iter((loaded["prod"], loaded["staging"]))
