"""The models behind a SeldonDeployment: MLServers that load its artifacts, and a small proxy before them
that divides requests as the object says.

The proxy takes the place of the mesh, of Seldon's operator and of its executor: it reads the object from
the API server, starts what that asks for, and sends each request to a predictor by its traffic.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from random import Random
from threading import Condition
from time import sleep
from uuid import uuid4

from story.executor import Executor, Reply, listening
from story.predictors import KIND, Predictor, chosen, predictors
from story.repeating import repeating
from synth.kit.objects import Body
from tests.cluster.api import Api
from tests.mlflow_server import Registry
from tests.model_server import ModelServer, started
from tests.servers import HOST

ID = "Seldon-Puid"
"""The header with an answer's id (SeldonIO/seldon-core executor/api/payload/payload.go, 1.17.1)."""
_EVERY = 0.5
"""Seconds between two looks at the object."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A request that a predictor has answered; `question` and `answer` are bodies of V2 inference."""

    id: str
    predictor: Predictor
    question: bytes
    answer: bytes


@dataclass
class Serving:
    """What serves a model in a cluster, and follows its SeldonDeployment."""

    api: Api
    team: str
    model: str
    registry: Registry
    folder: Path
    log: Callable[[Answered], None]
    """Is told of every answered request, as the request logger of Seldon is."""
    random: Random
    _servers: dict[str, ModelServer] = field(default_factory=dict)
    """By artifact."""
    _executors: dict[tuple[str, str], Executor] = field(default_factory=dict)
    """By what pods are made anew for."""
    _routes: tuple[Predictor, ...] = ()
    _under_way: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Requests that wait for an answer, by the same."""
    _lock: Condition = field(default_factory=Condition)
    failure: Exception | None = None

    @property
    def deployment(self) -> Body | None:
        """The object, as the API server has it."""
        return self.api.one(KIND, self.model, self.team)

    @property
    def routes(self) -> tuple[Predictor, ...]:
        """The predictors that requests go to now."""
        with self._lock:
            return self._routes

    @property
    def pods(self) -> list[str]:
        """Where metrics are scraped."""
        with self._lock:
            return [each.host for each in self._executors.values()]

    def follows(self) -> bool:
        """Whether what the object says is what is done; raises what has kept it from being so."""
        if self.failure:
            raise self.failure
        return self.routes == predictors(self.deployment)

    def ask(self, question: bytes) -> Reply:
        """The answer of one of the predictors."""
        with self._lock:
            if not self._routes:
                return Reply(503, b"no predictor")
            predictor = chosen(self._routes, self.random.random() * 100)
            executor = self._executors[predictor.pod]
            self._under_way[predictor.pod] += 1
        try:
            reply = executor.ask(question)
        finally:
            with self._lock:
                self._under_way[predictor.pod] -= 1
                self._lock.notify_all()
        if reply.status != HTTPStatus.OK:
            return reply
        answered = Answered(uuid4().hex, predictor, question, reply.body)
        self.log(answered)
        return reply._replace(headers={ID: answered.id})

    def server(self, predictor: str) -> ModelServer:
        """The MLServer behind the predictor of this name."""
        with self._lock:
            return next(e.server for (name, _), e in self._executors.items() if name == predictor)

    def look(self) -> None:
        """Does what the object says; what it says no longer is stopped once the new is ready and nobody
        waits for an answer of the old.
        """
        wanted = predictors(self.deployment)
        if wanted == self.routes:
            return
        for each in wanted:
            if each.artifact not in self._servers:
                self._servers[each.artifact] = self._start(each)
        if not all(self._servers[each.artifact].ready for each in wanted):
            return
        before = self._executors
        now = {
            each.pod: before.get(each.pod)
            or Executor(self.model, each, self._servers[each.artifact])
            for each in wanted
        }
        with self._lock:
            self._executors, self._routes = now, wanted
            gone = before.keys() - now.keys()
            self._lock.wait_for(lambda: not any(self._under_way[pod] for pod in gone))
        for pod in gone:
            before[pod].close()
        for artifact in self._servers.keys() - {each.artifact for each in wanted}:
            self._servers.pop(artifact).server.stop()

    def stop(self) -> None:
        for executor in self._executors.values():
            executor.close()
        for each in self._servers.values():
            each.server.stop()

    def _start(self, predictor: Predictor) -> ModelServer:
        """Does what the storage initializer does, and starts the server."""
        folder = self.folder / f"version-{predictor.version}"
        model = folder / "mnt-models"
        if not model.exists():
            model.mkdir(parents=True)
            self.registry.fetch(predictor.artifact, model)
        return started(predictor.model, model, folder)


@contextmanager
def serving(it: Serving) -> Iterator[str]:
    """The model's address in the mesh, while its object is followed."""

    def work() -> None:
        try:
            it.look()
            it.failure = None
        except Exception as error:  # noqa: BLE001 - told by whoever waits for it
            it.failure = error

    gateway = listening(lambda _, question: it.ask(question))
    try:
        with repeating(work, _EVERY):
            yield f"http://{HOST}:{gateway.server_port}/seldon/{it.team}/{it.model}/v2/models/{it.model}"
    finally:
        gateway.shutdown()
        gateway.server_close()
        it.stop()


@contextmanager
def starved(server: ModelServer) -> Iterator[None]:
    """A node that is taken up by others: the server's processes get a tenth of each second."""

    def stop() -> None:
        os.killpg(server.server.pid, signal.SIGSTOP)
        sleep(0.9)
        os.killpg(server.server.pid, signal.SIGCONT)

    with repeating(stop, 0.1):
        yield
