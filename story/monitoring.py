"""Prometheus and Alertmanager, told by the objects in a cluster what to scrape, to watch and to send.

The place of prometheus-operator is taken by `Operator`: whenever a PodMonitor, PrometheusRule or
AlertmanagerConfig of the team becomes another one, Prometheus reads its configuration again. Durations
are divided by `SHORTER`, and nothing else is changed.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any

import httpx2

from story.repeating import repeating
from synth.kit.objects import Body
from tests.cluster.api import Api, Kind
from tests.events.alertmanager import Alerts
from tests.events.alertmanager import running as alertmanager
from tests.events.programs import program as built
from tests.observability.real_prometheus import program, scraped, shortened
from tests.servers import HOST, Server, free_ports, wait_for

RULE = Kind("monitoring.coreos.com/v1", "prometheusrules")
MONITOR = Kind("monitoring.coreos.com/v1", "podmonitors")
ALERTMANAGER = Kind("monitoring.coreos.com/v1alpha1", "alertmanagerconfigs")
_EVERY = 1.0
"""Seconds between two looks at the objects."""

Pods = Callable[[], Sequence[str]]
"""The addresses, host and port, that the pods of the model show their metrics at now."""


@dataclass
class Monitoring:
    """What watches the models of a team."""

    prometheus: str
    alerts: Alerts
    pushgateway: str
    client: httpx2.Client
    """Asks Prometheus."""
    rules: list[Body] = field(default_factory=list)
    """The groups that Prometheus evaluates now."""

    def values(self, query: str, label: str) -> dict[str, float]:
        """What a query comes to now, by one of its labels; what is no number is left out."""
        answer = self.client.get("/api/v1/query", params={"query": query}).json()
        found = {
            each["metric"].get(label, ""): float(each["value"][1])
            for each in answer["data"]["result"]
        }
        return {name: value for name, value in found.items() if isfinite(value)}

    def firing(self) -> list[dict[str, str]]:
        """The labels of the alerts that have fired, in the order in which people were told."""
        return [
            alert["labels"]
            for path, _, body in list(self.alerts.received)
            if path == "everything"
            for alert in body["alerts"]
            if alert["status"] == "firing"
        ]


@contextmanager
def monitoring(api: Api, team: str, pods: Pods, folder: Path) -> Iterator[Monitoring]:
    """Prometheus, Alertmanager and a Pushgateway for a team whose objects are in a cluster already."""
    folder.mkdir()
    prometheus, gateway = free_ports(2)
    config = api.one(ALERTMANAGER, "retraining", team)
    assert config, "no AlertmanagerConfig"
    with (
        alertmanager(config, folder) as alerts,
        httpx2.Client(base_url=f"http://{HOST}:{prometheus}", timeout=10) as client,
    ):
        it = Monitoring(str(client.base_url), alerts, f"http://{HOST}:{gateway}", client)
        operator = Operator(api, team, pods, it, folder)
        operator.write()
        servers = [
            Server(
                "pushgateway",
                [built("pushgateway"), f"--web.listen-address={HOST}:{gateway}"],
                folder,
                {},
            ),
            Server(
                "prometheus",
                [
                    program(),
                    "--config.file=prometheus.json",
                    f"--storage.tsdb.path={folder / 'tsdb'}",
                    f"--web.listen-address={HOST}:{prometheus}",
                ],
                folder,
                {},
            ),
        ]
        try:
            wait_for("the Pushgateway", lambda: servers[0].listens(gateway))
            wait_for("Prometheus", lambda: servers[1].listens(prometheus))
            with operator.at_work(servers[1]):
                yield it
        finally:
            for server in servers:
                server.stop()


class Operator:
    """Takes the place of prometheus-operator for the objects of a team."""

    def __init__(self, api: Api, team: str, pods: Pods, told: Monitoring, folder: Path) -> None:
        self._api, self._team, self._pods, self._told, self._folder = api, team, pods, told, folder
        self._written = ""

    def write(self) -> bool:
        """Writes what Prometheus reads; whether that is something else than before."""
        rules = [each for each in self._api.all(RULE) if self._own(each)]
        monitors = [each for each in self._api.all(MONITOR) if self._own(each)]
        groups = [group for rule in rules for group in shortened(rule)]
        configuration = self._configuration(monitors)
        text = json.dumps([groups, configuration])
        if text == self._written:
            return False
        self._written, self._told.rules = text, groups
        (self._folder / "rules.json").write_text(json.dumps({"groups": groups}))
        (self._folder / "prometheus.json").write_text(json.dumps(configuration))
        return True

    @contextmanager
    def at_work(self, prometheus: Server) -> Iterator[None]:
        """While Prometheus is to follow the objects."""

        def work() -> None:
            if self.write():
                os.kill(prometheus.pid, signal.SIGHUP)

        with repeating(work, _EVERY):
            yield

    def _own(self, body: Body) -> bool:
        return bool(body["metadata"]["namespace"] == self._team)

    def _configuration(self, monitors: Sequence[Body]) -> Any:
        [models] = [each for each in monitors if each["metadata"]["name"] == "seldon-metrics"]
        pods: dict[str, dict[str, str]] = {address: {} for address in self._pods()}
        gateway = {
            "job_name": "pushgateway",
            # What is pushed says itself which job and namespace it is of.
            "honor_labels": True,
            "static_configs": [{"targets": [self._told.pushgateway.removeprefix("http://")]}],
        }
        return {
            "global": {"scrape_interval": "500ms", "scrape_timeout": "500ms"},
            "rule_files": ["rules.json"],
            "alerting": {
                "alertmanagers": [{"static_configs": [{"targets": [self._told.alerts.host]}]}]
            },
            "scrape_configs": [scraped(models, pods), gateway],
        }
