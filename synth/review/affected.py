"""Which environments a change touches: those whose files are not what they were."""

from __future__ import annotations

from collections.abc import Collection

from synth.render.emit import RECORD
from synth.review.comparison import SETTINGS, Side, place_of


def affected(before: Side, after: Side, environments: Collection[str]) -> list[str]:
    """The environments that have a file on one side that the other side has not, or has otherwise;
    all of `environments` where the settings differ that Argo CD treats each of them by.
    """
    places = {
        place_of(path)
        for path in {*before, *after}
        if before.get(path) != after.get(path) and path.rpartition("/")[2] != RECORD
    }
    names = {place.environment for place in places if place.environment}
    if any(place.application == SETTINGS for place in places):
        names |= {*environments}
    return sorted(names)
