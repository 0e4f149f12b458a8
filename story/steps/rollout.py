"""A version that comes in as a canary, and how it gets more of the traffic."""

from __future__ import annotations

from time import sleep

from story.configuration import MODEL
from story.repository import Said
from story.stage import Stage
from story.steps.promotion import REVIEWER

STEPS = (25, 50, 100)
"""What a canary gets after its first 10 %."""
_PATIENCE = 120
"""Seconds that a canary may take to have been asked often enough."""


def shares(it: Stage) -> dict[str, int]:
    """What each version gets in production, in percent, by the object on the API server."""
    deployment = it.models["prod"].deployment
    found = deployment["spec"]["predictors"] if deployment else []
    return {f"version {each['annotations']['version']}": each["traffic"] for each in found}


def arrived(it: Stage, wanted: dict[str, int]) -> None:
    """Production has these shares."""
    it.synced()
    it.serves("prod")
    it.timeline.check("production gives each version its share", shares(it) == wanted, shares(it))


def let_through(it: Stage) -> None:
    """`synth model gate --live` has nothing against more of the traffic for the canary, once that has
    been asked often enough.
    """
    for _ in range(_PATIENCE // 5):
        said = _live_gate(it)
        if "not enough traffic yet" not in said.out:
            break
        sleep(5)
    it.timeline.check("`synth model gate --live` lets it through", said.code == 0, said.out)


def stopped(it: Stage) -> None:
    """`synth model gate --live` is against more of the traffic for the canary, however little it has
    been asked.
    """
    said = _live_gate(it)
    it.timeline.check(
        "`synth model gate --live` stops it", said.code == 1 and "worse" in said.out, said.out
    )


def _live_gate(it: Stage) -> Said:
    return it.team.try_synth("model", "gate", MODEL, "--env", "prod", "--live")


def roll_out(it: Stage, version: int, stable: int) -> None:
    """From 10 % to all of the traffic, each step let through by the gate."""
    for share in STEPS:
        let_through(it)
        said = it.team.model("canary", MODEL, "--env", "prod", "--traffic", str(share), by=REVIEWER)
        it.timeline.event("said", said)
        both = {f"version {stable}": 100 - share, f"version {version}": share}
        arrived(it, {name: traffic for name, traffic in both.items() if traffic})
