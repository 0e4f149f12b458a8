"""Dashboards as Grafana gets them: what they ask, how they are laid out, and how they get there."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from cdk8s import App, Chart
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard
from hypothesis import given
from hypothesis import strategies as st

from synth.app.workloads.dashboards import ServedModel, Shown, show, shown
from synth.catalog.dashboard_metrics import KNOWN, workflows_by_status
from synth.catalog.platform_metrics import KNOWN as KNOWN_TO_RULES
from synth.config.kafka import KafkaCluster
from synth.config.objectives import ALERTS, Objectives
from synth.config.observability import Grafana
from synth.config.streaming import Stream
from synth.configuration import configuration
from synth.domains.observability import links
from synth.domains.observability.alert import Alert
from synth.domains.observability.dashboards.panels import Panels, evenly
from synth.kit.objects import Body
from synth.project import find_project
from synth.render.collect import collect
from tests.observability.test_objects import GROUP, MODEL, RULE
from tests.observability.test_objects import made as alerts
from tests.observability.test_observability_config import mistakes
from tests.repository import ROOT
from tests.schemas import complaints
from tests.shared import promtool

Json = dict[str, Any]
SERVING = "https://grafana.example.com/d/serving_nlp"
PROMISED = Objectives.model_validate({"latency": {"p95": "500ms"}, "errors": "1%"})
STREAM: Json = {
    "name": "comments",
    "team": "nlp",
    "kafka": {
        "topic": {"name": "comments"},
        "cluster": {"name": "events", "namespace": "kafka"},
        "bootstrapServers": ("events-kafka-bootstrap.kafka:9092",),
    },
    "source": {"consumerGroup": "comments-processor"},
    "processor": {"image": "registry.example.com/processor:1.0.0", "metricsPath": "/metrics"},
    "output": {"name": "comments-clean"},
    "deadLetters": {"name": "comments-aside"},
}
KAFKA: Json = {
    "name": "events",
    "namespace": "kafka",
    "version": "3.9.0",
    "pools": (
        {
            "name": "both",
            "roles": ("broker", "controller"),
            "replicas": 3,
            "storage": {"size": "1Gi"},
        },
    ),
}
EVERYTHING = Shown(
    grafana=Grafana.model_validate({"instanceSelector": {"dashboards": "grafana"}}),
    namespace="monitoring",
    teams=["nlp", "vision"],
    models=[
        ServedModel("nlp", "sentiment", "seldon", "rest", PROMISED),
        ServedModel("nlp", "sentiment-v2", "seldon", "grpc", None),
        ServedModel("nlp", "topics", "kserve", "rest", None),
        ServedModel("vision", "faces", "kserve", "rest", None),
    ],
    workflows=[("nlp", "training"), ("nlp", "evaluation")],
    trains=["nlp"],
    streams=[
        Stream.model_validate(STREAM),
        Stream.model_validate({**STREAM, "name": "likes", "output": None, "deadLetters": None}),
    ],
    kafka=[KafkaCluster.model_validate(KAFKA)],
    projects=["prod", "prod-gitops"],
    argo="3.7.3",
    pipelines=True,
    certificates=True,
    mlflow="mlflow",
)
NOTHING = replace(
    EVERYTHING, teams=[], models=[], workflows=[], trains=[], streams=[], kafka=[],
    projects=[], argo="", pipelines=False, certificates=False, mlflow="",
)  # fmt: skip


def objects(what: Shown = EVERYTHING) -> list[Body]:
    app = App()
    show(Chart(app, "dashboards"), what)
    return [each.body for each in collect(app)]


def texts(what: Shown = EVERYTHING) -> dict[str, str]:
    """The JSON of every dashboard, by its uid."""
    bodies = [each for each in objects(what) if each["kind"] == "GrafanaDashboard"]
    return {json.loads(each["spec"]["json"])["uid"]: each["spec"]["json"] for each in bodies}


def boards(what: Shown = EVERYTHING) -> dict[str, Json]:
    return {uid: json.loads(text) for uid, text in texts(what).items()}


def panels(board: Json) -> list[Json]:
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def queries(board: Json) -> Iterator[str]:
    for panel in panels(board):
        yield from (target["expr"] for target in panel["targets"])
    yield from (each["expr"] for each in board["annotations"]["list"])


def filled(expr: str, **variables: str) -> str:
    """A query as Grafana sends it."""
    chosen = {"__rate_interval": "5m", "model": "sentiment", "workflow": "training"}
    for name, value in {**chosen, "stream": "comments", **variables}.items():
        expr = expr.replace(f"${name}", value)
    return expr


EVERY_QUERY = [filled(expr) for board in boards().values() for expr in queries(board)]


def test_every_query_is_one_that_prometheus_understands(tmp_path: Path) -> None:
    rules = [{"record": f"q{n}", "expr": expr} for n, expr in enumerate(EVERY_QUERY)]
    done = checked(tmp_path, rules)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"SUCCESS: {len(EVERY_QUERY)} rules found" in done.stdout
    broken = checked(tmp_path, [{"record": "q", "expr": EVERY_QUERY[0] + ")"}])
    assert broken.returncode == 1


def checked(folder: Path, rules: Sequence[Body]) -> subprocess.CompletedProcess[str]:
    path = folder / "rules.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": [*rules]}]}))
    command = [promtool(), "check", "rules", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


_NO_METRICS = {
    "and", "or", "unless", "by", "on", "group_left", "offset", "group", "sum", "max", "min", "count",
}  # fmt: skip


def metrics(expr: str) -> set[str]:
    """The metrics that a query reads: the words that are no strings, labels, functions or spans."""
    expr = re.sub(r'"[^"]*"', "", expr)
    expr = re.sub(r"\{[^}]*\}|\[[^]]*\]|\b(by|on|group_left) \([^)]*\)|\boffset \w+", "", expr)
    return {*re.findall(r"\b[a-zA-Z_]\w*\b(?!\s*\()", expr)} - _NO_METRICS


def test_only_metrics_that_exist_are_asked_for() -> None:
    asked = set().union(*(metrics(expr) for expr in EVERY_QUERY))
    assert asked - KNOWN.keys() - KNOWN_TO_RULES.keys() == set()
    older = replace(EVERYTHING, argo="3.3.10")
    asked |= metrics(" ".join(queries(boards(older)["platform"])))
    assert KNOWN.keys() - asked == set()


def test_the_metrics_of_a_query_are_seen() -> None:
    expr = 'sum by (le, a) (rate(x_bucket{b="c d"}[5m])) / on (a) group_left (e) (y or 0 * z offset 2h)'
    assert metrics(expr) == {"x_bucket", "y", "z"}


@pytest.mark.parametrize(
    ("argo", "metric"),
    [("3.3.10", "argo_workflows_count"), ("3.5.14", "argo_workflows_count"),
     ("3.6.0", "argo_workflows_gauge"), ("3.7.3", "argo_workflows_gauge")],
)  # fmt: skip
def test_workflows_are_counted_as_their_version_does(argo: str, metric: str) -> None:
    assert workflows_by_status(argo) == metric
    platform = boards(replace(EVERYTHING, argo=argo))["platform"]
    [panel] = [each for each in panels(platform) if each["title"] == "Workflows"]
    assert panel["targets"][0]["expr"] == f"sum by (status) ({metric})"


@pytest.mark.parametrize("uid", boards())
def test_panels_fill_the_columns_and_do_not_overlap(uid: str) -> None:
    places = [panel["gridPos"] for panel in boards()[uid]["panels"]]
    for place in places:
        assert place["x"] >= 0
        assert place["x"] + place["w"] <= 24
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        apart = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or apart
    area = sum(place["w"] * place["h"] for place in places)
    assert area == 24 * max(place["y"] + place["h"] for place in places)


@pytest.mark.parametrize("uid", boards())
def test_every_panel_says_what_it_shows(uid: str) -> None:
    board = boards()[uid]
    assert board["title"]
    assert board["description"]
    for panel in panels(board):
        assert panel["title"]
        assert panel["description"].endswith(".")
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "prometheus"}
        for target in panel["targets"]:
            assert target["datasource"] == panel["datasource"]
            assert target["legendFormat"]
    numbers = [panel["id"] for panel in board["panels"]]
    assert len(set(numbers)) == len(numbers)


@given(count=st.integers(1, 24))
def test_figures_share_the_whole_width(count: int) -> None:
    figures = [Panels("prometheus").figure(1, "t", "d.", "short", "up") for _ in range(count)]
    places = [each.build().grid_pos for each in evenly(figures)]
    widths = [place.w for place in places if place]
    assert len(widths) == count
    assert sum(widths) == 24
    assert max(widths) - min(widths) <= 1


LABELS = {"team": "nlp", "model": "sentiment", "workflow": "training", "stream": "comments"}
SHOWN = {
    "ModelErrorsHigh": ("serving_nlp", "Failing requests", "model=sentiment"),
    "ModelErrorBudgetBurn": ("serving_nlp", "Failing requests", "model=sentiment"),
    "ModelAccuracyLow": ("training_nlp", "Accuracy", ""),
    "ModelInputDrifted": ("training_nlp", "Input drift", ""),
    "WorkflowNotSucceeding": ("training_nlp", "Since the last success", "workflow=training"),
    "PipelineRegistrationFailed": ("training_nlp", "Pipeline runs within 24 hours", ""),
    "PipelineRunsFailing": ("training_nlp", "Pipeline runs within 24 hours", ""),
    "StreamLagging": ("streams_nlp", "Waiting events", "stream=comments"),
    "StreamDeadLetters": ("streams_nlp", "Put aside within an hour", "stream=comments"),
    "TeamQuotaNearlyUsed": ("platform", "Quotas", ""),
    "MlflowUnreachable": ("platform", "Requests to MLflow", ""),
    "CertificateExpiring": ("platform", "Certificates", ""),
    "CertificateNotReady": ("platform", "Certificates", ""),
    "ApplicationOutOfSync": ("platform", "Applications that are not as they should be", ""),
    "ApplicationUnhealthy": ("platform", "Applications that are not as they should be", ""),
}


def panel_of(name: str, **labels: str) -> tuple[str, str, str]:
    """The dashboard and the title of the panel that an alert links to, and what is chosen there."""
    alert = Alert("k", "s", name, "q", 0, "5m", {**LABELS, **labels}, "summary", "description")
    shown = links.link(alert)
    assert shown
    found = [each for each in boards()[shown.dashboard]["panels"] if each["id"] == shown.panel]
    [title] = [each["title"] for each in found]
    variables = [each["name"] for each in boards()[shown.dashboard]["templating"]["list"]]
    assert not shown.choice or shown.choice.partition("=")[0] in variables
    return shown.dashboard, title, shown.choice


def test_the_panel_of_an_alert_is_there() -> None:
    assert {name: panel_of(name) for name in SHOWN} == SHOWN
    for quantile in ("p50", "p90", "p95", "p99"):
        wanted = ("serving_nlp", f"{quantile} latency", "model=sentiment")
        assert panel_of("ModelLatencyHigh", quantile=quantile) == wanted
    assert panel_of("ModelLatencyHigh")[1] == "p95 latency"
    assert {*ALERTS.values()} <= {*SHOWN, "ModelLatencyHigh"}


def test_an_alert_links_to_the_panel_of_its_objective() -> None:
    grafana = {"instanceSelector": {"dashboards": "grafana"}, "url": "https://grafana.example.com/"}
    promised = {**MODEL["objectives"], "inputDrift": 0.2}
    made = alerts({"objectives": promised}, grafana=grafana)
    [group] = made[RULE]["spec"]["groups"]
    assert {
        each["alert"]: each["annotations"]["dashboard_url"]
        for each in group["rules"]
        if "alert" in each
    } == {
        "ModelLatencyHigh": f"{SERVING}?var-model=sentiment&viewPanel=23",
        "ModelErrorsHigh": f"{SERVING}?var-model=sentiment&viewPanel=31",
        "ModelInputDrifted": "https://grafana.example.com/d/training_nlp?viewPanel=13",
    }
    annotations = [each["annotations"] for each in made[GROUP]["spec"]["rules"]]
    assert [(each["__dashboardUid__"], each["__panelId__"]) for each in annotations] == [
        ("serving_nlp", "23"), ("serving_nlp", "31"), ("training_nlp", "13"),
    ]  # fmt: skip
    without = alerts(grafana=None)[RULE]["spec"]["groups"][0]["rules"]
    assert not any("dashboard_url" in each.get("annotations", {}) for each in without)


def test_where_grafana_is_opened_is_an_address(tmp_path: Path) -> None:
    text = "observability: {grafana: {instanceSelector: {a: b}, url: grafana.example.com}}\n"
    assert mistakes(tmp_path, text) == [
        "environments/dev.yaml:9:53: observability.grafana.url: 'grafana.example.com' is not an "
        "address such as https://grafana.example.com"
    ]


def test_the_sdk_reads_what_it_wrote() -> None:
    register_default_plugins()
    for text in texts().values():
        again = JSONEncoder(sort_keys=True, indent=1, ensure_ascii=False).encode(
            Dashboard.from_json(json.loads(text))
        )
        assert again + "\n" == text


def test_ten_renderings_are_the_same_whatever_the_order() -> None:
    first = texts()
    for seed in range(10):
        shuffled: dict[str, Any] = {
            name: random.Random(seed).sample([*value], len(value))
            for name in ("teams", "models", "workflows", "streams")
            for value in [getattr(EVERYTHING, name)]
        }
        assert texts(replace(EVERYTHING, **shuffled)) == first
    for text in first.values():
        assert (
            text
            == json.dumps(json.loads(text), sort_keys=True, indent=1, ensure_ascii=False) + "\n"
        )


def test_a_team_has_the_dashboards_that_it_has_something_for() -> None:
    assert set(boards()) == {
        "serving_nlp", "training_nlp", "streams_nlp", "serving_vision", "training_vision", "platform",
    }  # fmt: skip
    headings = [each["title"] for each in boards()["training_vision"]["panels"]]
    assert "Scheduled runs" not in headings
    assert boards()["training_vision"]["templating"]["list"] == []
    assert set(boards(replace(EVERYTHING, models=[], streams=[]))) == {"training_nlp", "platform"}


def test_what_is_not_there_is_not_shown() -> None:
    [platform] = boards(NOTHING).values()
    assert "panels" not in platform
    elsewhere = boards(replace(EVERYTHING, projects=[], kafka=[]))["platform"]
    titles = {panel["title"] for panel in elsewhere["panels"]}
    assert not titles & {"Argo CD", "Out of sync", "Unhealthy", "Kafka", "Brokers"}
    assert {"Certificates", "Quotas", "MLflow"} <= titles


def test_one_of_a_team_s_models_is_chosen() -> None:
    [variable] = boards()["serving_nlp"]["templating"]["list"]
    assert (variable["name"], variable["type"], variable["multi"]) == ("model", "custom", False)
    assert variable["query"] == "sentiment,sentiment-v2,topics"
    assert variable["current"] == {"selected": True, "text": "sentiment", "value": "sentiment"}
    assert [each["selected"] for each in variable["options"]] == [True, False, False]


def test_a_latency_is_drawn_beside_the_line_of_its_objective() -> None:
    board = boards()["serving_nlp"]
    [p95] = [panel for panel in panels(board) if panel["id"] == links.LATENCY["p95"]]
    assert [each["legendFormat"] for each in p95["targets"]] == ["{{variant}}", "objective"]
    [override] = p95["fieldConfig"]["overrides"]
    assert override["matcher"] == {"id": "byName", "options": "objective"}
    assert {each["id"] for each in override["properties"]} == {
        "color", "custom.lineStyle", "custom.fillOpacity", "custom.stacking",
    }  # fmt: skip
    [p99] = [panel for panel in panels(board) if panel["id"] == links.LATENCY["p99"]]
    assert [each["legendFormat"] for each in p99["targets"]] == ["{{variant}}"]


def test_a_table_has_its_columns_by_name() -> None:
    [table] = [panel for panel in panels(boards()["serving_nlp"]) if panel["id"] == 51]
    assert [each["refId"] for each in table["targets"]] == [*"ABCDEFG"]
    assert {(each["format"], each["instant"], each["range"]) for each in table["targets"]} == {
        ("table", True, False)
    }
    merge, organize = table["transformations"]
    assert merge["id"] == "merge"
    names = organize["options"]["renameByName"]
    places = organize["options"]["indexByName"]
    assert [names[each] for each in sorted(names, key=places.get)] == [
        "Variant", "Requests", "p50", "p90", "p95", "p99", "Failing", "Pods",
    ]  # fmt: skip
    # A lone query's values are called otherwise.
    [lone] = [panel for panel in panels(boards()["platform"]) if panel["id"] == links.APPLICATIONS]
    assert "Value" in lone["transformations"][1]["options"]["renameByName"]


def test_every_object_is_what_its_crd_says() -> None:
    made = objects()
    kinds = [
        (each["kind"], each["metadata"]["namespace"], each["metadata"]["name"]) for each in made
    ]
    assert sorted(kinds) == [
        ("GrafanaDashboard", "monitoring", "platform"),
        ("GrafanaDashboard", "nlp", "serving"),
        ("GrafanaDashboard", "nlp", "streams"),
        ("GrafanaDashboard", "nlp", "training"),
        ("GrafanaDashboard", "vision", "serving"),
        ("GrafanaDashboard", "vision", "training"),
        ("GrafanaFolder", "monitoring", "dashboards"),
        ("GrafanaFolder", "nlp", "dashboards"),
        ("GrafanaFolder", "vision", "dashboards"),
    ]
    for body in made:
        assert complaints("grafana-operator-5.24.0.yaml", body) == []
        assert body["spec"]["instanceSelector"] == {"matchLabels": {"dashboards": "grafana"}}
        assert body["spec"]["allowCrossNamespaceImport"] is True
    folders = {
        each["metadata"]["namespace"]: (each["spec"]["uid"], each["spec"]["title"])
        for each in made
        if each["kind"] == "GrafanaFolder"
    }
    assert folders == {
        "monitoring": ("dashboards", "Dashboards of the platform"),
        "nlp": ("dashboards_nlp", "Dashboards of nlp"),
        "vision": ("dashboards_vision", "Dashboards of vision"),
    }


def test_without_its_operator_grafana_finds_dashboards_in_config_maps() -> None:
    files = EVERYTHING.grafana.model_copy(update={"instance_selector": None})
    made = objects(replace(EVERYTHING, grafana=files))
    assert {each["kind"] for each in made} == {"ConfigMap"}
    names = [name for each in made for name in each["data"]]
    assert sorted(names) == sorted(f"{uid}.json" for uid in texts())
    [serving] = [each for each in made if "serving_nlp.json" in each["data"]]
    assert serving["metadata"] == {
        "name": "dashboard.serving",
        "namespace": "nlp",
        "labels": {"grafana_dashboard": "1"},
        "annotations": {"grafana_folder": "Dashboards of nlp"},
    }
    assert serving["data"]["serving_nlp.json"] == texts()["serving_nlp"]


@pytest.mark.parametrize("length", [9, 63])
def test_uids_are_what_grafana_takes_and_no_two_are_alike(length: int) -> None:
    teams = ["t" * (length - 1) + end for end in "ab"] + ["platform"]
    models = [ServedModel(team, "m", "seldon", "rest", None) for team in teams]
    made = objects(replace(NOTHING, teams=teams, models=models))
    folders = [each["spec"]["uid"] for each in made if each["kind"] == "GrafanaFolder"]
    uids = [*texts(replace(NOTHING, teams=teams, models=models)), *folders]
    assert len(set(uids)) == len(uids) == 3 * 3 + 2
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", uid) for uid in uids)


def test_a_hundred_models_and_streams_fit_into_objects() -> None:
    """A ConfigMap holds 1 MiB at most, and any object 1.5 MiB."""
    many = replace(
        EVERYTHING,
        models=[ServedModel("nlp", f"m{n:057}", "seldon", "rest", PROMISED) for n in range(100)],
        streams=[Stream.model_validate({**STREAM, "name": f"s{n:052}"}) for n in range(100)],
    )
    assert max(len(text.encode()) for text in texts(many).values()) < 2**20


def test_a_new_version_of_a_model_changes_no_dashboard() -> None:
    environment = configuration(find_project(ROOT), ["prod"])["prod"].environment
    [model] = environment.models
    newer = [each.model_copy(update={"version": each.version + 1}) for each in model.variants]
    bumped = environment.model_copy(
        update={"models": (model.model_copy(update={"variants": tuple(newer)}),)}
    )
    before = shown(environment, "3.3.10")
    assert before
    assert shown(bumped, "3.3.10") == before
    assert shown(environment.model_copy(update={"observability": None}), "3.3.10") == {}


def test_nobody_waits_for_the_sdk_who_makes_no_dashboard() -> None:
    program = (
        "import sys; import synth.app.workloads, synth.domains.observability; "
        "sys.exit('grafana_foundation_sdk' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0
