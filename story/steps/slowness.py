"""Version 2 becomes slow, and is taken back."""

from __future__ import annotations

from typing import Any

from story.configuration import MODEL
from story.serving import starved
from story.stage import Stage
from story.steps.promotion import REVIEWER
from story.steps.rollout import arrived
from tests.servers import wait_for

ALERT = "ModelLatencyHigh"


def slow(it: Stage) -> None:
    """The canary's node is taken up by others: the alert on its latency fires, and ends with the
    rollback.
    """
    timeline, alerts = it.timeline, it.watched().alerts
    with timeline.step(
        "Version 2 is slow",
        "The canary's MLServer gets a tenth of its processor. The alert on latency over 500 ms fires in"
        " Prometheus, Alertmanager calls a webhook, and a rollback restores version 1.",
    ):
        with starved(it.models["prod"].server("canary")):
            fired = alerts.until("everything", lambda body: _has(body, "firing"))
            [alert] = [each for each in fired["alerts"] if each["labels"]["alertname"] == ALERT]
            timeline.event("alert fires", alert["annotations"]["description"])
            timeline.check(
                "the alert names the canary",
                alert["labels"]["predictor_name"] == "canary",
                alert["labels"],
            )
            names = {each["alertname"] for each in it.watched().firing()}
            timeline.check("no other alert fires", names == {ALERT}, sorted(names))
            said = it.team.model("rollback", MODEL, "--env", "prod", by=REVIEWER)
            timeline.event("said", said)
            arrived(it, {"version 1": 100})
        wait_for(
            "the end of the alert",
            lambda: any(_has(body, "resolved") for body in alerts.bodies("everything")),
            120,
        )
        timeline.event("alert resolved", ALERT)


def _has(body: Any, status: str) -> bool:
    return any(
        each["status"] == status and each["labels"]["alertname"] == ALERT for each in body["alerts"]
    )
