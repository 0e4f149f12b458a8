"""Version 2 in production, beside version 1."""

from __future__ import annotations

from itertools import pairwise
from time import sleep

from story.configuration import ENVIRONMENTS, MODEL
from story.repository import subject
from story.stage import Stage
from story.steps.promotion import SCIENTIST
from story.steps.rollout import arrived, roll_out
from story.steps.training import arrive, train
from story.users import Users, asking
from synth.catalog.metrics import SELDON_REST

_LOOKED = 20
"""Seconds over which requests are counted."""


def canary(it: Stage) -> None:
    """New comments, version 2, and one request in ten for it."""
    team, timeline = it.team, it.timeline
    with timeline.step(
        "Version 2 as a canary",
        "People begin to ask the model. New comments make version 2, which comes into production"
        " beside version 1 and gets one request in ten.",
    ):
        it.users = Users(it.addresses["prod"], it.writer, it.seed, it.rate)
        it.stack.enter_context(asking(it.users))
        arrive(it, 2, drifted=False)
        version = train(it)
        timeline.event("said", team.model("bump", MODEL, "--env", "dev", by=SCIENTIST))
        for source, target in pairwise(ENVIRONMENTS):
            beside = ("--canary", "10") if target == "prod" else ()
            said = team.edited("promote", MODEL, "--from", source, "--to", target, *beside)
            gate = team.try_synth("model", "gate", "--base", "HEAD")
            timeline.check(f"CI's gate lets it into {target}", gate.code == 0, gate.out.strip())
            timeline.event("said", said)
            team.publish(subject(said), SCIENTIST)
        arrived(it, {"version 1": 90, f"version {version.version}": 10})
        sleep(_LOOKED)
        counts = it.watched().values(
            f"sum by (predictor_name) (increase({SELDON_REST.metric}_count[{_LOOKED}s]))",
            "predictor_name",
        )
        share = counts.get("canary", 0) / max(sum(counts.values()), 1)
        timeline.check(
            "one request in ten goes to the canary", 0.04 <= share <= 0.18, f"{share:.1%}"
        )
        timeline.check("nothing fires", not it.watched().firing(), it.watched().firing())
    if it.calm:
        with timeline.step("A calm day", "Nothing becomes slow and nothing shifts."):
            roll_out(it, version.version, 1)
            sleep(60)
            timeline.check("nothing fires", not it.watched().firing(), it.watched().firing())
