"""Everything that takes part in the story: what is started once, and what the steps do with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

import httpx2

from story.clusters import Clusters, clusters
from story.configuration import ENVIRONMENTS, MODEL, TEAM
from story.database import postgres
from story.monitoring import Monitoring, monitoring
from story.repeating import repeating
from story.repository import TeamRepository
from story.serving import Serving, serving
from story.timeline import Timeline
from story.users import PREDICTIONS, Users, Writer, prediction
from synth.catalog.metrics import ACCURACY, SELDON_REST
from tests.cluster.api import Api
from tests.cluster.argocd import Applications
from tests.cluster.control_plane import TOKEN
from tests.kafka import Broker
from tests.mlflow_server import Registry, running
from tests.servers import wait_for
from tools.upstream_archives import unpack_release

RATE = 12.0
"""Requests a second."""


@dataclass(frozen=True)
class Installed:
    """When everything was there: the commit, and how often each Application had been synced."""

    commit: str
    syncs: Mapping[str, int]


@dataclass
class Stage:
    """What the steps work with; `calm` is a story in which nothing becomes slow and nothing shifts."""

    timeline: Timeline
    seed: int
    calm: bool
    folder: Path
    clusters: Clusters
    team: TeamRepository
    broker: Broker
    registry: Registry
    apis: Mapping[str, Api]
    models: Mapping[str, Serving]
    """What serves the model, by environment."""
    addresses: Mapping[str, str]
    """Where the mesh of each environment takes requests for it."""
    writer: Writer
    rate: float
    """Requests a second."""
    stack: ExitStack
    """What is started later ends with the story."""
    installed: Installed | None = None
    monitoring: Monitoring | None = None
    users: Users | None = None

    def serves(self, environment: str, seconds: float = 120) -> None:
        """Returns once requests go where the SeldonDeployment says."""
        wait_for(f"{environment}'s model servers", self.models[environment].follows, seconds)

    def synced(self) -> Applications:
        """The Applications once they rest at the newest commit."""
        return self.clusters.synced(self.team.git)

    def watched(self) -> Monitoring:
        assert self.monitoring, "nothing watches yet"
        return self.monitoring

    def crowd(self) -> Users:
        assert self.users, "nobody asks yet"
        return self.users

    def watch(self) -> None:
        """Starts what watches production."""
        prod = self.models["prod"]
        self.monitoring = self.stack.enter_context(
            monitoring(self.apis["prod"], TEAM, lambda: prod.pods, self.folder / "monitoring")
        )
        self.team.know({"PROMETHEUS_URL": self.monitoring.prometheus})


@contextmanager
def stage(
    timeline: Timeline, folder: Path, shared: Path, *, seed: int, calm: bool
) -> Iterator[Stage]:
    """Starts everything that the story begins with; it ends with the context."""
    with ExitStack() as stack:
        for name in ("clusters", "kafka", "registry", "models"):
            (folder / name).mkdir()
        release = unpack_release(shared, "1.8.1", folder / "upstream")
        planes = stack.enter_context(clusters(folder / "clusters", ENVIRONMENTS))
        broker = Broker(folder / "kafka")
        stack.callback(broker.stop)
        database = stack.enter_context(postgres(folder / "postgres"))
        registry = stack.enter_context(running(folder / "registry", database))
        team = TeamRepository(
            folder / "team", timeline, {"KFSYNTH_UPSTREAM": str(release), **registry.env}
        )
        writer = Writer(broker.address)
        stack.callback(writer.close)
        apis = {
            name: Api(plane.server, plane.authority, TOKEN) for name, plane in planes.planes.items()
        }
        models = {
            name: Serving(
                # A thread of its own has a client of its own.
                Api(plane.server, plane.authority, TOKEN),
                TEAM,
                MODEL,
                registry,
                folder / "models" / name,
                lambda answered: writer.write(PREDICTIONS, prediction(answered, MODEL)),
                Random(seed),
            )
            for name, plane in planes.planes.items()
        }
        addresses = {name: stack.enter_context(serving(each)) for name, each in models.items()}
        yield Stage(
            timeline, seed, calm, folder, planes, team, broker, registry, apis, models, addresses,
            writer, RATE, stack,
        )  # fmt: skip


_LATENCY = (
    "histogram_quantile(0.95, sum by (le, predictor_name)"
    f' (rate({SELDON_REST.metric}_bucket{{service="predictions"}}[10s])))'
)


def _sample(it: Stage) -> None:
    """Figures of now, for the pictures."""
    routes = it.models["prod"].routes
    shares = {f"version {each.version}": each.traffic / 100 for each in routes}
    known = it.timeline.told.series.get("traffic", {})
    for line in [*shares, *(known.keys() - shares.keys())]:
        it.timeline.sample("traffic", line, shares.get(line, 0.0))
    if it.monitoring:
        served = {each.version for each in routes}
        for version, value in it.monitoring.values(ACCURACY, "version").items():
            # What was pushed of a version stays where it was pushed to when the version has gone.
            if version in served:
                it.timeline.sample("accuracy", f"version {version}", value)
        for name, value in it.monitoring.values(_LATENCY, "predictor_name").items():
            it.timeline.sample("latency", name, value)


@contextmanager
def sampling(it: Stage, every: float = 2.0) -> Iterator[None]:
    """Writes down what the pictures show, while the context lasts."""

    def work() -> None:
        with suppress(httpx2.HTTPError):
            _sample(it)

    with repeating(work, every):
        yield
