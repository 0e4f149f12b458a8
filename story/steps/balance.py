"""What the whole day comes to."""

from __future__ import annotations

from story.clusters import affected
from story.stage import Stage
from story.steps import shift, slowness
from story.steps.repair import EDITED

_SHOWN = 10
"""Requests without an answer that are told of one by one."""


def add_up(it: Stage) -> None:
    """For the people who ask, for those whom alerts wake, and for Argo CD."""
    with it.timeline.step(
        "All in all",
        "What the whole day comes to for the people who ask the model, for those whom alerts wake, and for"
        " Argo CD.",
    ):
        users = it.crowd()
        it.timeline.check(
            "every request has been answered",
            users.asked > 0 and not users.unanswered,
            f"{users.asked} requests, {len(users.unanswered)} without an answer"
            + "".join(f"; {each}" for each in users.unanswered[:_SHOWN]),
        )
        fired = {each["alertname"] for each in it.watched().firing()}
        it.timeline.check(
            "nothing has fired but what had to",
            fired == (set() if it.calm else {slowness.ALERT, shift.ALERT}),
            ", ".join(sorted(fired)) or "nothing",
        )
        _synced(it)


def _synced(it: Stage) -> None:
    """Argo CD has been at work where there was something to do, and nowhere else."""
    assert it.installed, "nothing is installed"
    changed = affected(it.team.git.changed(it.installed.commit)) | {EDITED}
    found = it.clusters.argocd.applications()
    left = {name: each.syncs for name, each in found.items() if name not in changed}
    again = [name for name, syncs in left.items() if syncs != it.installed.syncs.get(name)]
    it.timeline.check(
        "Argo CD has synced nothing that nobody has changed",
        bool(left) and not again,
        ", ".join(again) or f"{len(left)} of {len(found)} Applications have rested all day",
    )
