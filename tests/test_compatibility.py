"""`docs/compatibility.md` is what the cluster suite measured, and every release is in it."""

from __future__ import annotations

import json
from itertools import pairwise

from synth.catalog.kubeflow import RELEASES, load_release
from tests.cluster.measured import DATA, PAGE, page


def test_the_page_is_made_of_what_was_measured() -> None:
    assert PAGE.read_text() == page(json.loads(DATA.read_text()))


def test_every_release_was_measured() -> None:
    rows = json.loads(DATA.read_text())
    assert tuple(rows) == RELEASES
    for release, row in rows.items():
        assert row["accepted"] == row["objects"], release
        assert row["quiet"] == row["healthy"], release


def test_no_object_moves_between_components_that_both_stay() -> None:
    """Argo CD would remove it with the one and make it anew with the other, in any order."""
    for before, after in pairwise(RELEASES):
        old, new = load_release(before), load_release(after)
        owners = {new.scoped(each): name for each, name in new.owners.items()}
        stay = {name for name, component in new.components.items() if component.default}
        moved = {
            str(each): (name, owners[scoped])
            for each, name in old.owners.items()
            if (scoped := old.scoped(each)) in owners and owners[scoped] != name and name in stay
        }
        assert moved == {}, (before, after)
