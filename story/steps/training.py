"""Comments arrive, and a pipeline makes a version of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import yaml
from sentiment.generated import comments

from story import training
from story.configuration import MODEL, TEAM
from story.stage import Stage
from story.training import Ran
from synth.clients.mlflow import RegisteredVersion
from synth.clients.mlflow import Registry as Client
from tests.cluster.api import Kind
from tests.kafka import Broker
from tests.processor.bridge import Bridge
from tests.processor.process import ASIDE, CLEAN, Processor
from tests.servers import wait_for

COMMENTS = "comments"
ENOUGH = 1500
"""Comments that a version is made of."""
_CONFIG_MAP = Kind("v1", "configmaps")


def first(it: Stage) -> None:
    """Version 1, and a broker that is killed on the way."""
    with it.timeline.step(
        "Comments become version 1",
        "Comments arrive in Kafka and go through the processor into a topic of their own; the pipeline"
        " that is compiled into dist/ fetches, preprocesses, trains, evaluates and registers.",
    ):
        _same_code(it)
        arrive(it, 1, drifted=False, killed=True)
        train(it)


def arrive(
    it: Stage, batch: int, *, drifted: bool, count: int = ENOUGH, killed: bool = False
) -> None:
    """A batch of comments comes through the processor; the broker is killed meanwhile, if it is to be."""
    sent = list(comments(count, it.seed * 100 + batch, drifted=drifted))
    before = sum(it.broker.ends(CLEAN).values())
    with _processing(it.broker, it, batch) as bridge:
        it.broker.produce(COMMENTS, ((None, each) for each in [*sent, b"no JSON"]))
        if killed:
            wait_for("some comments", lambda: bridge.delivered > ENOUGH // 5, 120)
            it.broker.kill()
            it.timeline.event("fault", "Kafka is killed while comments are consumed")
            it.broker.start()
            it.timeline.event("fault", "Kafka is started again")
        wait_for("all comments", lambda: _through(it.broker, sent, before) == len(sent), 240)
    through, more = _through(it.broker, sent, before), sum(it.broker.ends(CLEAN).values()) - before
    it.timeline.check(
        "no comment is lost",
        through == len(sent),
        f"{through} of {len(sent)} came through, {more - through} of them twice",
    )
    it.timeline.check(
        "what is no comment is set aside", sum(it.broker.ends(ASIDE).values()) >= batch
    )


def train(it: Stage, **arguments: Any) -> RegisteredVersion:
    """A run of the pipeline in production, and the version that it registers."""
    ran = run(it, **arguments)
    it.timeline.check("the pipeline succeeds", ran.succeeded)
    told = ran.outcome
    it.timeline.check("and registers", told["state"] == "registered", told["text"])
    assert told["state"] == "registered", "there is no version to go on with"
    version = Client(it.registry.address).latest(MODEL)
    origin = ran.metadata("fetch", "comments")
    it.timeline.check(
        "the version knows its run, code and data",
        version.run == told["mlflow_run"]
        and version.commit == it.team.git.head()
        and version.data == origin["sha256"][:36],
        f"run {version.run[:8]}, commit {(version.commit or '')[:10]},"
        f" {origin['comments']} comments, sha256 {origin['sha256'][:10]}",
    )
    return version


def run(it: Stage, **arguments: Any) -> Ran:
    """A run of the pipeline with what the compiled one says, but for addresses."""
    declared = _compiled(it)[0]["root"]["inputDefinitions"]["parameters"]
    said = {
        name: int(each["defaultValue"])
        if each["parameterType"] == "NUMBER_INTEGER"
        else each["defaultValue"]
        for name, each in declared.items()
        if "defaultValue" in each
    }
    where = {"bootstrap_servers": it.broker.address, "tracking_uri": it.registry.address}
    folder = it.folder / "runs"
    folder.mkdir(exist_ok=True)
    number = len(list(folder.iterdir()))
    return training.run(
        it.team.tree / "pipelines/sentiment", folder / str(number),
        {**said, **where, **arguments}, it.team.git.head(),
    )  # fmt: skip


def _compiled(it: Stage) -> list[Any]:
    """The pipeline, as it lies in production to be registered."""
    found = it.apis["prod"].one(_CONFIG_MAP, f"{MODEL}-registration", TEAM)
    assert found, "no pipeline to register"
    return list(yaml.safe_load_all(found["data"]["pipeline.yaml"]))


def _same_code(it: Stage) -> None:
    there = _compiled(it)
    made = training.compiled(it.team.tree / "pipelines/sentiment")
    same = (
        there[0]["deploymentSpec"]["executors"].keys()
        == made[0]["deploymentSpec"]["executors"].keys()
    )
    same = same and all(
        there[0]["deploymentSpec"]["executors"][name]["container"]["args"]
        == each["container"]["args"]
        for name, each in made[0]["deploymentSpec"]["executors"].items()
    )
    it.timeline.check(
        "what runs is what the cluster has compiled",
        same,
        f"{len(made[0]['deploymentSpec']['executors'])} steps",
    )


@contextmanager
def _processing(broker: Broker, it: Stage, batch: int) -> Iterator[Bridge]:
    """The processor and what brings it the topic's records."""
    folder = it.folder / f"processor-{batch}"
    folder.mkdir()
    processor = Processor(broker, folder)
    bridge = Bridge(broker.address, COMMENTS, processor.address)
    try:
        yield bridge
    finally:
        bridge.stop()
        processor.server.stop()


def _through(broker: Broker, sent: Sequence[bytes], since: int) -> int:
    """How many of these comments have come through."""
    if sum(broker.ends(CLEAN).values()) - since < len(sent):
        return 0
    wanted = {json.loads(each)["id"] for each in sent}
    there = {json.loads(message.value() or b"")["id"] for message in broker.consume(CLEAN)}
    return len(wanted & there)
