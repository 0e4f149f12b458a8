"""The models behind a SeldonDeployment: MLServers that load its artifacts, and a small proxy before them
that divides requests as the object says.

The proxy takes the place of the mesh, of Seldon's operator and of its executor: it reads the object from
the API server, starts what that asks for, sends each request to a predictor by its traffic, and shows
the executor's metrics, measured on MLServer's answers, by their real names.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from threading import Condition, Event, Thread
from time import perf_counter
from typing import NamedTuple
from uuid import uuid4

import httpx2
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from synth.catalog.metrics import SELDON_REST
from synth.kit.objects import Body
from tests.cluster.api import Api, Kind
from tests.mlflow_server import Registry
from tests.model_server import ModelServer, started
from tests.servers import HOST

KIND = Kind("machinelearning.seldon.io/v1", "seldondeployments")
METRICS = "/prometheus"
"""Where the executor shows its metrics (SeldonIO/seldon-core executor/cmd/executor/main.go, 1.17.1)."""
ID = "Seldon-Puid"
"""The header with an answer's id (SeldonIO/seldon-core executor/api/payload/payload.go, 1.17.1)."""
_EVERY = 0.5
"""Seconds between two looks at the object."""


@dataclass(frozen=True, slots=True)
class Predictor:
    """A predictor of a SeldonDeployment; `traffic` is in percent."""

    name: str
    version: str
    artifact: str
    model: str
    traffic: int

    @property
    def pod(self) -> tuple[str, str]:
        """What its pods are made anew for: traffic is no part of that."""
        return self.name, self.artifact


@dataclass(frozen=True, slots=True)
class Answered:
    """A request that a predictor has answered; `question` and `answer` are bodies of V2 inference."""

    id: str
    predictor: Predictor
    question: bytes
    answer: bytes


class Reply(NamedTuple):
    """What comes back over HTTP."""

    status: int
    body: bytes
    headers: Mapping[str, str] = {}


def predictors(deployment: Body | None) -> tuple[Predictor, ...]:
    """What a SeldonDeployment asks for; nothing where there is none."""
    return tuple(
        Predictor(
            each["name"],
            each["annotations"]["version"],
            each["graph"]["modelUri"],
            each["graph"]["name"],
            each["traffic"],
        )
        for each in (deployment or {"spec": {"predictors": []}})["spec"]["predictors"]
    )


def chosen(among: tuple[Predictor, ...], number: float) -> Predictor:
    """The predictor that a number from 0 up to, but not, 100 falls to."""
    for each in among:
        number -= each.traffic
        if number < 0:
            return each
    raise ValueError(f"the traffic sums to less than {number}")


class Executor:
    """Stands before a predictor's MLServer: hands requests on and measures them."""

    def __init__(self, deployment: str, predictor: Predictor, server: ModelServer) -> None:
        self.predictor, self.server = predictor, server
        self._http = httpx2.Client(timeout=30)
        self._registry = CollectorRegistry()
        labels = {
            SELDON_REST.model: deployment,
            "predictor_name": predictor.name,
            SELDON_REST.version: predictor.version,
            "service": "predictions",
            "method": "post",
        }
        self._labels = labels
        self._seconds = Histogram(
            SELDON_REST.metric, "Requests", [*labels, "code"], registry=self._registry
        )
        self._http_server = _serving(self._show)

    @property
    def host(self) -> str:
        """Where its metrics are scraped."""
        return f"{HOST}:{self._http_server.server_port}"

    def ask(self, body: bytes) -> Reply:
        """MLServer's answer."""
        began = perf_counter()
        try:
            answer = self._http.post(f"{self.server.address}/infer", content=body)
            status, content = answer.status_code, answer.content
        except httpx2.HTTPError as error:
            status, content = 502, str(error).encode()
        spent = perf_counter() - began
        self._seconds.labels(**self._labels, code=str(status)).observe(spent)
        return Reply(status, content)

    def close(self) -> None:
        self._http_server.shutdown()
        self._http_server.server_close()
        self._http.close()

    def _show(self, path: str, _: bytes) -> Reply:
        return Reply(200, generate_latest(self._registry)) if path == METRICS else Reply(404, b"")


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
    stop = Event()

    def work() -> None:
        while not stop.wait(_EVERY):
            try:
                it.look()
                it.failure = None
            except Exception as error:  # noqa: BLE001 - told by whoever waits for it
                it.failure = error

    gateway = _serving(lambda _, question: it.ask(question))
    thread = Thread(target=work, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{gateway.server_port}/seldon/{it.team}/{it.model}/v2/models/{it.model}"
    finally:
        stop.set()
        thread.join()
        gateway.shutdown()
        gateway.server_close()
        it.stop()


@contextmanager
def starved(server: ModelServer) -> Iterator[None]:
    """A node that is taken up by others: the server's processes get a tenth of each second."""
    over = Event()

    def work() -> None:
        while not over.is_set():
            os.killpg(server.server.pid, signal.SIGSTOP)
            over.wait(0.9)
            os.killpg(server.server.pid, signal.SIGCONT)
            over.wait(0.1)

    thread = Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


Handle = Callable[[str, bytes], Reply]
"""Path and body come in."""


def _serving(handle: Handle) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Else a body waits 40 ms until the client has acknowledged the headers.
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            reply = handle(self.path, body)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer((HOST, 0), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    return server
