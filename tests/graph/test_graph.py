"""The pictures of the example, and of environments that are made for it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from synth.kit.objects import Identity, Origin, Resource, manifest
from synth.review.graph.applications import Wait, in_waves, waits
from synth.review.graph.forms import as_dot, as_text
from synth.review.graph.objects import Objects
from synth.review.graph.picture import Arrow, Box, Line, Picture
from synth.review.graph.svg import as_svg
from tests.repository import ROOT, Repository

SVG = "{http://www.w3.org/2000/svg}"
WAY = """\
The way of the data in prod
  Kafka topic comments: 6 partitions
  KafkaSource comments
    ← Kafka topic comments: comments reads comments
  Knative Service comments-processor: comments-processor:1.2.0
    ← KafkaSource comments: what comments reads goes to its processor
  Kafka topic comments-clean: 6 partitions
    ← Knative Service comments-processor: OUTPUT_TOPIC is comments-clean
  Kafka topic comments-aside: 1 partition
    ← Knative Service comments-processor: DEAD_LETTER_TOPIC is comments-aside
  Workflow sentiment-training: hourly, train → deploy
    ← Sensor retraining: starts sentiment-training, at most every 6h
  Kubeflow pipeline sentiment: pipelines/sentiment/pipeline.py
    ← Kafka topic comments-clean: sentiment is given comments-clean as topic
    ← Workflow sentiment-training: the step train runs the pipeline sentiment
  Registry MLflow 3.17.2: s3://models
    ← Kubeflow pipeline sentiment: sentiment is given http://mlflow.mlflow.svc.cluster.local:5000 \
as tracking_uri
  Model, stable sentiment: version 7, 90 % of the traffic
    ← Registry MLflow 3.17.2: version 7 of sentiment is registered there
  Model, canary sentiment: version 8, 10 % of the traffic
    ← Registry MLflow 3.17.2: version 8 of sentiment is registered there
  Workflow sentiment-evaluation: hourly at minute 30, accuracy
  PodMonitor seldon-metrics: of nlp
    ← Model, stable sentiment: its pods are scraped for nlp
    ← Model, canary sentiment: its pods are scraped for nlp
  Alert rules sentiment alerts: ModelLatencyHigh, ModelErrorsHigh, ModelErrorBudgetBurn, \
ModelAccuracyLow
    ← Workflow sentiment-evaluation: accuracy pushes the accuracy of sentiment
    ← PodMonitor seldon-metrics: what is promised of sentiment is measured there
  Sensor retraining: sentiment: at most every 6h
    ← Alert rules sentiment alerts: ModelAccuracyLow starts a retraining
  Contact point nlp: Slack #nlp-alerts
    ← Alert rules sentiment alerts: nlp is told of ModelLatencyHigh, ModelErrorsHigh, \
ModelErrorBudgetBurn, ModelAccuracyLow
  Contact point oncall: PagerDuty
    ← Alert rules sentiment alerts: oncall is told of ModelErrorBudgetBurn
"""


@pytest.fixture(scope="module")
def it(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    repository = Repository(tmp_path_factory.mktemp("graph"))
    assert repository.synth("build", "prod").returncode == 0
    return repository


def drawn(it: Repository, *arguments: str) -> str:
    done = it.synth("graph", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_way_of_the_data(it: Repository) -> None:
    assert drawn(it, "prod", "-o", "text").startswith(f"{WAY}\nWhat waits for what in prod\n")


def test_applications_wait_for_what_they_need(it: Repository) -> None:
    text = drawn(it, "prod", "-o", "text")
    for line in (
        "  teams (wave 10)\n    ← Kubeflow profiles: teams waits for kubeflow-profiles: kind Profile\n",
        "    ← Kubeflow seldon: models waits for kubeflow-seldon: "
        "kind SeldonDeployment, defined at its start\n",
        "    ← logs: tracing waits for logs: Secret elasticsearch-es-elastic-user, "
        "Secret elasticsearch-es-http-certs-public, namespace logging\n",
        "    ← workflows: events waits for workflows: WorkflowTemplate sentiment-training\n",
    ):
        assert line in text


def test_json_has_every_box_and_arrow(it: Repository) -> None:
    way, applications = json.loads(drawn(it, "prod", "-o", "json"))
    canary = next(node for node in way["nodes"] if node["id"] == "model.sentiment.canary")
    model = "dist/prod/models/nlp/seldondeployment.machinelearning.seldon.io-sentiment.yaml"
    assert canary["names"][0] == {"text": "sentiment", "file": model}
    assert {
        "from": "sensor.nlp",
        "to": "workflow.sentiment-training",
        "label": None,
        "reason": "starts sentiment-training, at most every 6h",
        "returns": True,
    } in way["edges"]
    files = [name["file"] for node in applications["nodes"] for name in node["names"]]
    there = (it.root / "dist/prod/argocd/argocd").iterdir()
    assert sorted(files) == sorted(str(path.relative_to(it.root)) for path in there)
    # Of what an application needs in its own wave, and earlier ones need, nothing is left out.
    assert {edge["from"] for edge in applications["edges"] if edge["returns"]} == {"workflows"}


def test_every_link_leads_to_a_file(it: Repository) -> None:
    root = ET.fromstring(drawn(it, "prod", "--base", "../"))
    links = [str(link.get("href")) for link in root.iter(f"{SVG}a")]
    assert len(links) > 50
    for link in links:
        assert (it.root / "docs" / link).resolve().is_file(), link


def test_the_svg_can_be_read_by_everybody(it: Repository) -> None:
    text = drawn(it, "prod")
    root = ET.fromstring(text)
    assert root.get("aria-labelledby") == "graph-title graph-desc"
    by_id = {each.get("id"): each for each in root.iter()}
    assert by_id["graph-title"].text == "The way of the data in prod; What waits for what in prod"
    assert str(by_id["graph-desc"].text).startswith("From Kafka to a model")
    assert (
        by_id["graph-0-topic.comments"].get("aria-label") == "Kafka topic, comments, 6 partitions"
    )
    assert "@media (prefers-color-scheme:dark)" in text
    assert not re.search(
        r"https?://(?!www\.w3\.org/2000/svg)", re.sub("<title>.*?</title>", "", text)
    )
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(ids) == len({*ids})


def test_the_same_bytes_in_any_process(it: Repository) -> None:
    done = it.apart("graph", "prod", PYTHONHASHSEED="7", LC_ALL="C", TZ="Asia/Tokyo")
    assert done.stdout == drawn(it, "prod")


def test_the_picture_of_the_docs_is_of_the_example(it: Repository) -> None:
    text = (ROOT / "docs/graph.svg").read_text()
    assert text == drawn(it, "prod", "--base", "../"), "`make graph` draws it again"


def test_streams_that_feed_each_other(it: Repository, tmp_path: Path) -> None:
    stream = (
        "  - {{name: {0}, team: nlp, kafka: {{bootstrapServers: ['k:9092'], topic: {{name: {0}}}}}, "
        "source: {{consumerGroup: {0}}}, processor: {{image: 'r/p:1'}}, output: {{name: {1}}}}}\n"
    )
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments/round.yaml").write_text(
        "name: round\n"
        'cluster: {server: "https://test.k8s.example.com", kubernetes: "1.26"}\n'
        'gitops: {repoURL: "https://git.example.com/platform.git"}\n'
        'kubeflow: {release: "1.8.1", defaultCredentials: upstream}\n'
        "teams: [{name: nlp, owner: a@example.com}]\n"
        "addons: {knativeKafka: {}}\nstreams:\n"
        + stream.format("there", "back")
        + stream.format("back", "there")
    )
    command = ("-C", str(tmp_path), "graph", "-o", "json")
    way, _ = json.loads(Repository(it.root.parent, tmp_path).synth(*command).stdout)
    returning = [(edge["from"], edge["to"]) for edge in way["edges"] if edge["returns"]]
    assert returning == [("processor.back", "topic.there")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "synth graph: which environment? (there: dev, prod, staging)"),
        (["test"], "environments: there is no environment 'test' (there: dev, prod, staging)"),
    ],
)
def test_mistakes(it: Repository, arguments: list[str], message: str) -> None:
    done = it.synth("graph", *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{message}\n")


def application(name: str, wave: int, **spec: object) -> Resource:
    body = manifest(
        "argoproj.io/v1alpha1",
        "Application",
        f"test-{name}",
        namespace="argocd",
        annotations={"argocd.argoproj.io/sync-wave": str(wave)},
        spec=spec,
    )
    return Resource("argocd", body, Origin("", ""))


def test_webhooks_and_namespaces_of_applications() -> None:
    def webhook(name: str, **content: object) -> dict[str, object]:
        rule = {"apiGroups": ["example.com"], "resources": ["things"]}
        return {"name": name, "rules": [rule], **content}

    hooks = manifest(
        "admissionregistration.k8s.io/v1",
        "ValidatingWebhookConfiguration",
        "hooks",
        webhooks=[
            webhook("all.example.com"),
            webhook("some.example.com", objectSelector={"matchLabels": {"a": "b"}}),
            webhook("lenient.example.com", failurePolicy="Ignore"),
        ],
    )
    objects = Objects(
        "test",
        [
            application("operator", 1),
            application(
                "chart",
                1,
                destination={"namespace": "own"},
                syncPolicy={"managedNamespaceMetadata": {}},
            ),
            application("things", 1),
            Resource("operator", hooks, Origin("", "")),
        ],
    )
    thing = Identity("example.com", "Thing", "own", "one")
    owned = [("things", thing), ("operator", Identity("", "Service", "else", "hooks"))]
    assert waits(objects, owned) == [
        Wait("things", "chart", ("namespace own",)),
        Wait("things", "operator", ("webhook all.example.com",)),
    ]
    picture = in_waves(objects, owned)
    assert picture.ranks == ("wave 1", "wave 1")
    assert [(box.id, [line.text for line in box.lines], box.rank) for box in picture.boxes] == [
        ("chart", ["chart", "operator"], 0),
        ("things", [], 1),
    ]


def test_nothing_in_a_name_breaks_a_form() -> None:
    strange = 'a"<b>&\\'
    boxes = tuple(
        Box(name, "", Line(name, name), (), "data", rank)
        for rank, name in enumerate((strange, "b"))
    )
    picture = Picture(strange, strange, boxes, (Arrow(strange, "b", strange, strange),))
    root = ET.fromstring(as_svg([picture], name=strange))
    assert [each.text for each in root.iter(f"{SVG}text")] == [
        strange,
        strange,
        strange,
        strange,
        "b",
    ]
    assert '"0.a\\"<b>&\\\\" -> "0.b" [label="a\\"<b>&\\\\"];' in as_dot([picture])
    assert as_text([picture]).splitlines() == [
        strange,
        f"  {strange}",
        "  b",
        f"    ← {strange}: {strange}",
    ]
