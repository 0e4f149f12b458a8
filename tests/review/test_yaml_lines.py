"""An object's YAML before and after, in pieces."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from synth.kit.objects import Body, manifest
from synth.render.documents import dump
from synth.review.comparison import FILE
from synth.review.yaml_lines import Piece, pieces
from tests.review.bodies import CANARY, DEPLOYMENT, WEB, put


def file(content: str) -> Body:
    return {"apiVersion": "", "kind": FILE, "metadata": {"name": "a"}, "content": content}


def side(found: list[Piece], *kinds: str) -> list[str]:
    return [line for piece in found if piece.what in kinds for line in piece.lines]


LINES = st.lists(st.sampled_from(["a:", "  b: 1", "  - c", "  - d: 2", "    e: 3", "", "f: 4"]))


@given(LINES, LINES)
def test_each_side_is_whole(before: list[str], after: list[str]) -> None:
    found = pieces(file("\n".join(before)), file("\n".join(after)))
    assert side(found, "same", "folded", "gone") == "\n".join(before).splitlines()
    assert side(found, "same", "folded", "new") == "\n".join(after).splitlines()


@given(LINES)
def test_what_stays_is_folded_away(lines: list[str]) -> None:
    found = pieces(file("\n".join(lines)), file("\n".join(lines)))
    assert {piece.what for piece in found} <= {"folded", "same"}
    assert len(found) <= 1


def test_what_is_near_is_shown_and_the_way_to_it_is_said() -> None:
    text = dump(CANARY).splitlines()
    place = text.index("    traffic: 10")
    more = put(CANARY, 11, "spec", "predictors", "canary", "traffic")
    assert pieces(CANARY, more) == [
        Piece("folded", tuple(text[: place - 3]), ("spec", "predictors", "- ")),
        Piece("same", tuple(text[place - 3 : place])),
        Piece("gone", ("    traffic: 10",)),
        Piece("new", ("    traffic: 11",)),
        Piece("same", tuple(text[place + 1 : place + 4])),
        Piece("folded", tuple(text[place + 4 :])),
    ]


def test_the_way_is_that_of_what_goes_too() -> None:
    less = put(CANARY, None, "spec", "predictors", "stable", "graph")
    del less["spec"]["predictors"][0]["graph"]
    [first, *_] = pieces(CANARY, less)
    assert (first.what, first.keys) == ("folded", ("spec", "predictors", "- "))


def test_an_object_that_comes_or_goes_is_whole() -> None:
    lines = tuple(dump(DEPLOYMENT).splitlines())
    assert pieces(None, DEPLOYMENT) == [Piece("new", lines)]
    assert pieces(DEPLOYMENT, None) == [Piece("gone", lines)]


def test_a_line_is_told_by_where_it_stands() -> None:
    """Of two equal entries the one whose parent changes is the one that is shown."""
    fields = {name: {"type": "string"} for name in ("one", "two", "three")}
    before = manifest("v1", "ConfigMap", "web", spec=fields)
    after = manifest("v1", "ConfigMap", "web", spec={"zero": {"type": "string"}, **fields})
    assert side(pieces(before, after), "gone") == []
    assert side(pieces(before, after), "new") == ["  zero:", "    type: string"]


def test_the_entries_of_a_list_share_their_place() -> None:
    """Where the first key of an entry changes, the rest of it stays."""
    found = pieces(DEPLOYMENT, put(DEPLOYMENT, "r.io/web:9", *WEB, "image"))
    assert len(side(found, "gone")) == len(side(found, "new")) == 1
    named = put(DEPLOYMENT, "other", *WEB, "name")
    assert side(pieces(DEPLOYMENT, named), "new") == ["      - name: other"]
