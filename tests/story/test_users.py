"""People who ask the model: what they write, and how it is counted."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event
from time import monotonic
from typing import Any, cast

import httpx2
from evaluation.accuracy import Accuracy, accuracies
from evaluation.records import Feedback, Prediction
from evaluation.records import feedback as read_feedback
from evaluation.records import prediction as read_prediction
from hypothesis import given
from hypothesis import strategies as st

from story.predictors import Predictor
from story.serving import ID, Answered
from story.users import FEEDBACK, Users, Writer, asking, prediction
from tests.answers import Request, answering
from tests.model_server import question
from tests.servers import HOST, free_ports, wait_for

ADDRESS = "http://models.example.com/v2/models/sentiment"
PREDICTOR = Predictor("canary", "8", "s3://models/8", "classifier", 10)


def answered(id: str, text: str, said: str) -> Answered:
    answer = {"outputs": [{"name": "predict", "shape": [1], "datatype": "BYTES", "data": [said]}]}
    return Answered(
        id, PREDICTOR, json.dumps(question([text])).encode(), json.dumps(answer).encode()
    )


@dataclass
class Topics:
    """Takes the place of Kafka."""

    written: list[tuple[str, bytes]] = field(default_factory=list)

    def write(self, topic: str, record: bytes) -> None:
        self.written.append((topic, record))

    @property
    def feedback(self) -> list[Feedback]:
        """The verdicts, as images/evaluation reads them."""
        assert {topic for topic, _ in self.written} <= {FEEDBACK}
        return [read_feedback(record) for _, record in self.written]


@dataclass
class Model:
    """Takes every comment for a good one, and keeps what a request logger would have written."""

    status: int = 200
    predictions: list[Prediction] = field(default_factory=list)

    @property
    def client(self) -> httpx2.Client:
        """What reaches it."""
        return httpx2.Client(transport=httpx2.MockTransport(self._answer))

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        assert (request.method, str(request.url)) == ("POST", f"{ADDRESS}/infer")
        if self.status != 200:
            return httpx2.Response(self.status)
        text = json.loads(request.content)["inputs"][0]["data"][0]
        it = answered(f"id-{len(self.predictions)}", text, "positive")
        self.predictions.append(read_prediction(prediction(it, "sentiment")))
        return httpx2.Response(200, content=it.answer, headers={ID: it.id})


def users(topics: Topics, address: str = ADDRESS, *, rate: float = 50) -> Users:
    return Users(address, cast("Writer", topics), 7, rate)


@given(st.text(), st.text(), st.text())
def test_a_prediction_is_read_by_the_evaluation(id: str, text: str, said: str) -> None:
    began = datetime.now(UTC)
    read = read_prediction(prediction(answered(id, text, said), "sentiment"))
    assert began <= read.time <= datetime.now(UTC)
    assert read == Prediction(id, read.time, "sentiment", "8", text, said)


def test_verdicts_are_on_what_was_predicted() -> None:
    topics, model = Topics(), Model()
    people = users(topics)
    with model.client as client:
        for _ in range(40):
            people.ask(client)
    right = sum(each.truth == "positive" for each in topics.feedback)
    assert 0 < right < 40
    assert accuracies(model.predictions, topics.feedback) == {"8": Accuracy(40, 40, right)}
    assert (people.asked, people.unanswered) == (40, [])


def test_an_answer_that_is_none_is_counted_and_not_judged() -> None:
    topics, model = Topics(), Model()
    people = users(topics)
    with model.client as client:
        for model.status in (200, 500, 503, 200):
            people.ask(client)
    assert (people.asked, people.unanswered) == (4, ["500 ", "503 "])
    assert [each.id for each in topics.feedback] == ["id-0", "id-1"]


def test_nobody_there_is_counted_too() -> None:
    [port] = free_ports(1)
    topics = Topics()
    people = users(topics, f"http://{HOST}:{port}")
    with httpx2.Client() as client:
        people.ask(client)
    assert (people.asked, topics.written) == (1, [])
    assert people.unanswered == ["ConnectError('[Errno 111] Connection refused')"]


def _asked(*drifted: bool) -> list[str]:
    """What is asked by people who speak so, one after the other."""
    model = Model()
    people = users(Topics())
    with model.client as client:
        for people.drifted in drifted:
            people.ask(client)
    return [each.input for each in model.predictions]


def test_the_same_seed_asks_the_same_and_drifted_people_ask_otherwise() -> None:
    before, after = [False] * 20, [True] * 20
    assert _asked(*before) == _asked(*before)
    assert _asked(*before) != _asked(*after)
    assert _asked(False, True, False)[::2] == _asked(False, False)


def test_slow_answers_keep_nobody_else_from_asking() -> None:
    go_on = Event()

    def held(_: Request) -> tuple[int, Any]:
        go_on.wait(20)
        return 503, {}

    with answering(held) as address:
        people = users(Topics(), address, rate=100)
        with asking(people, threads=5):
            wait_for("five people", lambda: people.asked == 5, 20)
            assert people.unanswered == []
            go_on.set()
        assert len(people.unanswered) == people.asked


def test_people_ask_no_more_often_than_they_should() -> None:
    with answering(lambda _: (503, {})) as address:
        people = users(Topics(), address, rate=20)
        began = monotonic()
        with asking(people, threads=4):
            wait_for("some questions", lambda: people.asked > 8, 20)
        assert people.asked <= (monotonic() - began) * 20 + 1
