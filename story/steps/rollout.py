"""A version that comes in as a canary, and how it gets more of the traffic."""

from __future__ import annotations

from time import sleep

from story.configuration import MODEL
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


def let_through(it: Stage) -> str:
    """Waits until `synth model gate --live` lets the canary go on; what it says."""
    for _ in range(_PATIENCE // 5):
        done = it.team.try_synth("model", "gate", MODEL, "--env", "prod", "--live")
        if "not enough traffic yet" not in done.out:
            break
        sleep(5)
    it.timeline.check("`synth model gate --live` lets it through", done.code == 0, done.out)
    return done.out


def roll_out(it: Stage, version: int, stable: int) -> None:
    """From 10 % to all of the traffic, each step let through by the gate."""
    for share in STEPS:
        let_through(it)
        said = it.team.model("canary", MODEL, "--env", "prod", "--traffic", str(share), by=REVIEWER)
        it.timeline.event("said", said)
        both = {f"version {stable}": 100 - share, f"version {version}": share}
        arrived(it, {name: traffic for name, traffic in both.items() if traffic})
