"""What stands before a model's servers, with a small server in the place of MLServer."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from random import Random
from threading import Event, Thread
from time import sleep
from typing import Any, cast

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from story import serving as module
from story.configuration import MODEL, TEAM
from story.executor import METRICS, Executor, Reply
from story.predictors import Predictor, chosen, predictors
from story.serving import ID, Answered, Serving, serving
from synth.catalog.metrics import SELDON_REST
from synth.kit.objects import Body
from synth.render.documents import load_all
from tests.answers import Request, answering
from tests.cluster.api import Api
from tests.mlflow_server import Registry
from tests.model_server import ModelServer, question
from tests.observability.real_prometheus import scraped
from tests.repository import ROOT
from tests.servers import Server, free_ports, wait_for

PROD = ROOT / "dist/prod"
STABLE = "s3://models/1/models/m-2f6a9d3c4b5e41708c9d0e1f2a3b4c57/artifacts"
CANARY = "s3://models/1/models/m-5d0c2b1e8f7a4c3d9e6b0a1f2c3d4e58/artifacts"
QUESTION = json.dumps(question(["Better than before"])).encode()
ANSWER = {"outputs": [{"name": "predict", "data": ["good"]}]}
PREDICTOR = Predictor("canary", "8", CANARY, "classifier", 10)
_SELECTOR = re.compile(rf"({SELDON_REST.metric}_\w+){{([^}}]*)}}")
_MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')
_CHECKS: Mapping[str, Callable[[str, str], bool]] = {
    "=": lambda value, wanted: value == wanted,
    "!=": lambda value, wanted: value != wanted,
    "=~": lambda value, wanted: re.fullmatch(wanted, value) is not None,
    "!~": lambda value, wanted: re.fullmatch(wanted, value) is None,
}
"""How PromQL compares a label's value."""


def committed(path: str) -> Body:
    [body] = load_all((PROD / path).read_text())
    return body


def deployment() -> Body:
    return committed(f"models/{TEAM}/seldondeployment.machinelearning.seldon.io-{MODEL}.yaml")


@dataclass
class Backend:
    """Answers as MLServer does, with a status of ours; while it is held, it answers nothing."""

    status: int = 200
    asked: list[Any] = field(default_factory=list)
    held: Event | None = None

    def __call__(self, request: Request) -> tuple[int, Any]:
        if request.path.endswith("/ready"):
            return 200, {}
        assert (request.method, request.path) == ("POST", "/v2/models/classifier/infer")
        self.asked.append(request.body)
        if self.held:
            self.held.wait(10)
        return self.status, ANSWER if self.status == 200 else {"error": "no"}


@dataclass
class Cluster:
    """What an API server has of the model."""

    deployment: Body | None = None

    def one(self, *_: object) -> Body | None:
        return self.deployment


class Bucket:
    """Has every artifact."""

    def fetch(self, uri: str, folder: Path) -> None:
        (folder / "MLmodel").write_text(uri)


@dataclass
class Mesh:
    """A model that is served, and what is behind it: a backend for each version."""

    model: Serving
    address: str
    cluster: Cluster
    backends: Mapping[str, Backend]
    servers: dict[str, Server]
    log: list[Answered]
    client: httpx2.Client

    def follow(self, body: Body | None) -> None:
        self.cluster.deployment = body
        wait_for("the model servers", self.model.follows, 20)

    def ask(self) -> httpx2.Response:
        return self.client.post(f"{self.address}/infer", content=QUESTION)


@pytest.fixture
def mesh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mesh]:
    backends = {"7": Backend(), "8": Backend()}
    servers: dict[str, Server] = {}
    with ExitStack() as stack:
        hosts = {name: stack.enter_context(answering(each)) for name, each in backends.items()}

        def started(name: str, model: Path, folder: Path) -> ModelServer:
            assert (model / "MLmodel").exists()
            version = folder.name.removeprefix("version-")
            servers[version] = Server("mlserver", ["sleep", "600"], folder, {})
            return ModelServer(servers[version], f"{hosts[version]}/v2/models/{name}")

        monkeypatch.setattr(module, "started", started)
        cluster, log = Cluster(), list[Answered]()
        model = Serving(
            cast("Api", cluster), TEAM, MODEL, cast("Registry", Bucket()), tmp_path / "models",
            log.append, Random(1),
        )  # fmt: skip
        address = stack.enter_context(serving(model))
        client = stack.enter_context(httpx2.Client(timeout=20))
        yield Mesh(model, address, cluster, backends, servers, log, client)


def only(version: str) -> Body:
    """The deployment with all of its traffic on a version."""
    body = deployment()
    [predictor] = [
        each for each in body["spec"]["predictors"] if each["annotations"]["version"] == version
    ]
    body["spec"]["predictors"] = [{**predictor, "traffic": 100}]
    return body


def shown(host: str) -> list[tuple[str, dict[str, str], float]]:
    """The samples of the executor's metrics."""
    text = httpx2.get(f"http://{host}{METRICS}").raise_for_status().text
    return [
        (sample.name, sample.labels, sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    ]


def counted(host: str) -> dict[str, float]:
    """How many requests came to which code."""
    return {
        labels["code"]: value
        for name, labels, value in shown(host)
        if name == f"{SELDON_REST.metric}_count"
    }


@given(st.lists(st.integers(0, 100), max_size=5))
def test_of_a_hundred_numbers_each_predictor_gets_its_traffic(cuts: list[int]) -> None:
    shares = [after - before for before, after in pairwise([0, *sorted(cuts), 100])]
    among = tuple(Predictor(str(at), "1", "s3://m", "m", each) for at, each in enumerate(shares))
    got = Counter(chosen(among, number + part) for number in range(100) for part in (0, 0.999))
    assert [got[each] for each in among] == [2 * share for share in shares]


def test_no_predictor_has_what_is_beyond_the_traffic() -> None:
    among = predictors(deployment())
    with pytest.raises(ValueError, match="the traffic sums to less"):
        chosen(among, 100)


def test_no_deployment_asks_for_no_predictors() -> None:
    assert predictors(None) == ()


def test_the_predictors_of_production() -> None:
    assert predictors(deployment()) == (
        Predictor("stable", "7", STABLE, "classifier", 90),
        Predictor("canary", "8", CANARY, "classifier", 10),
    )


@dataclass
class Answering:
    """An executor and the backend behind it."""

    executor: Executor
    backend: Backend


@pytest.fixture
def executor(tmp_path: Path) -> Iterator[Answering]:
    backend = Backend()
    server = Server("mlserver", ["sleep", "600"], tmp_path, {})
    with answering(backend) as host:
        made = Executor(MODEL, PREDICTOR, ModelServer(server, f"{host}/v2/models/classifier"))
        yield Answering(made, backend)
        made.close()
    server.stop()


def test_an_executor_hands_on_and_counts_what_came_of_it(executor: Answering) -> None:
    reply = executor.executor.ask(QUESTION)
    assert (reply.status, json.loads(reply.body)) == (200, ANSWER)
    assert executor.backend.asked == [json.loads(QUESTION)]
    executor.backend.status = 500
    assert [executor.executor.ask(QUESTION).status for _ in range(2)] == [500, 500]
    assert counted(executor.executor.host) == {"200": 1, "500": 2}


def test_a_server_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    [port] = free_ports(1)
    server = Server("mlserver", ["sleep", "600"], tmp_path, {})
    made = Executor(MODEL, PREDICTOR, ModelServer(server, f"http://127.0.0.1:{port}/v2/models/m"))
    assert made.ask(QUESTION).status == 502
    assert counted(made.host) == {"502": 1}
    made.close()
    server.stop()


def test_metrics_are_where_the_pod_monitor_says(executor: Answering) -> None:
    monitor = committed(
        f"observability/{TEAM}/podmonitor.monitoring.coreos.com-seldon-metrics.yaml"
    )
    assert scraped(monitor, {})["metrics_path"] == METRICS
    assert httpx2.get(f"http://{executor.executor.host}/metrics").status_code == 404


def test_every_rule_of_production_finds_the_samples(executor: Answering) -> None:
    for executor.backend.status in (200, 500):
        executor.executor.ask(QUESTION)
    samples = [
        (name, {**labels, "namespace": TEAM}) for name, labels, _ in shown(executor.executor.host)
    ]
    rule = committed(f"observability/{TEAM}/prometheusrule.monitoring.coreos.com-{MODEL}.yaml")
    queries = [each["expr"] for group in rule["spec"]["groups"] for each in group["rules"]]
    selectors = {found.groups() for query in queries for found in _SELECTOR.finditer(query)}
    assert {tuple(_codes(matchers, samples, name)) for name, matchers in selectors} == {
        ("200", "500"),
        ("500",),
    }
    grouped = [
        found[1]
        for query in queries
        for found in re.finditer(rf"by \(([^)]*)\) \(rate\({SELDON_REST.metric}", query)
    ]
    assert len(grouped) > 10
    for labels in grouped:
        wanted = set(labels.split(", "))
        assert wanted <= {key for _, own in samples for key in own}


def _codes(matchers: str, samples: list[tuple[str, dict[str, str]]], name: str) -> list[str]:
    """The codes of the samples that a selector finds."""
    found = _MATCHER.findall(matchers)
    assert found
    return sorted(
        {
            labels["code"]
            for metric, labels in samples
            if metric == name
            and all(_CHECKS[how](labels.get(key, ""), wanted) for key, how, wanted in found)
        }
    )


def test_a_good_answer_has_an_id_and_is_logged(mesh: Mesh) -> None:
    mesh.follow(deployment())
    reply = mesh.ask()
    assert (reply.status_code, reply.json()) == (200, ANSWER)
    [logged] = mesh.log
    assert logged.id == reply.headers[ID]
    assert logged.predictor in predictors(deployment())
    assert (logged.question, json.loads(logged.answer)) == (QUESTION, ANSWER)


def test_a_failing_answer_has_none_and_is_counted(mesh: Mesh) -> None:
    mesh.follow(only("8"))
    mesh.backends["8"].status = 503
    reply = mesh.ask()
    assert (reply.status_code, ID in reply.headers, mesh.log) == (503, False, [])
    [pod] = mesh.model.pods
    assert counted(pod) == {"503": 1}


def test_without_an_object_nothing_answers(mesh: Mesh) -> None:
    assert mesh.ask().status_code == 503
    assert mesh.model.ask(QUESTION) == Reply(503, b"no predictor")


def test_requests_are_divided_as_the_object_says(mesh: Mesh) -> None:
    mesh.follow(deployment())
    for _ in range(200):
        assert mesh.ask().status_code == 200
    assert 5 <= len(mesh.backends["8"].asked) <= 40
    assert len(mesh.backends["7"].asked) + len(mesh.backends["8"].asked) == 200


def test_a_server_ends_with_its_predictor(mesh: Mesh) -> None:
    mesh.follow(deployment())
    assert not mesh.servers["8"].ended
    mesh.follow(only("7"))
    wait_for("the end of the canary", lambda: mesh.servers["8"].ended, 20)
    assert not mesh.servers["7"].ended
    assert len(mesh.model.pods) == 1


def test_a_request_under_way_is_answered_by_a_predictor_that_goes(mesh: Mesh) -> None:
    mesh.follow(only("8"))
    mesh.backends["8"].held = held = Event()
    replies: list[httpx2.Response] = []
    asking = Thread(target=lambda: replies.append(mesh.ask()))
    asking.start()
    wait_for("the request", lambda: bool(mesh.backends["8"].asked), 20)
    mesh.follow(only("7"))
    sleep(1)
    assert not mesh.servers["8"].ended
    assert mesh.ask().status_code == 200
    held.set()
    asking.join()
    assert [each.status_code for each in replies] == [200]
    wait_for("the end of the canary", lambda: mesh.servers["8"].ended, 20)
