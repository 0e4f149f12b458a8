"""What a team needs so that alerts on its models retrain them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from constructs import Construct

from synth.config.events import Events
from synth.config.observability import Prometheus
from synth.config.serving import Model
from synth.domains.events.alertmanager import alertmanager_config
from synth.domains.events.bus import event_bus
from synth.domains.events.sensor import access, sensor
from synth.domains.events.source import AlertSource
from synth.kit.construct import Manifests
from synth.kit.objects import Body


class TeamEvents(Construct):
    """The way of an alert: Alertmanager → EventSource → EventBus → Sensor → Workflow.

    Everything lies in the team's namespace: the Secret with the token, which both ends of the
    first step read, the account that starts workflows, and the workflows. `models` are those that
    are retrained, `runs` the spec of a run of each of their workflows, by its name.
    """

    def __init__(
        self,
        scope: Construct,
        team: str,
        models: Sequence[Model],
        events: Events,
        prometheus: Prometheus,
        *,
        runs: Mapping[str, Body],
    ) -> None:
        super().__init__(scope, team)
        Manifests(self, "bus", [event_bus(team, events.bus)], key="events.bus")
        source = AlertSource(self, team, events.token, prometheus)
        Manifests(
            self,
            "alertmanager",
            [alertmanager_config(team, source, prometheus)],
            key="events.token",
        )
        keys = [f"models.{model.name}.retraining" for model in models]
        started = sensor(team, models, source, runs)
        Manifests(self, "sensor", [*access(team), started], key=keys[0])
