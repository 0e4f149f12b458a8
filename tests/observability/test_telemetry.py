"""What `observability.logs` and `observability.tracing` may say, what comes of it, and what they are
told otherwise.
"""

from __future__ import annotations

from typing import Any

import pytest

from synth.cli.steps import Silence
from synth.config.problems import ConfigurationError
from synth.kit.objects import Body
from synth.pipeline import build
from synth.project import Project
from synth.render.cache import Cache
from synth.render.documents import load_all

ENVIRONMENT = """\
name: test
cluster: {server: "https://test.k8s.example.com", kubernetes: "1.26"}
gitops: {repoURL: "https://git.example.com/platform.git"}
addons: {seldon: {}}
teams: [{name: nlp, owner: nlp-lead@example.com}]
models:
  - name: sentiment
    team: nlp
    variants: [{name: stable, version: 7, artifact: "s3://models/7", traffic: 100}]
"""
LOGS = "  logs: {elasticsearch: {storage: {size: 20Gi}}}\n"
KEPT = "  tracing: {jaeger: {storage: elasticsearch}, sampling: 10%}\n"


def built(project: Project, cache: Cache, text: str) -> dict[tuple[str, str], Body]:
    """The objects of models, logs and traces by kind and name."""
    (project.environments / "test.yaml").write_text(ENVIRONMENT + text)
    tree = build(project, cache, [], Silence()).trees["dist/test"]
    ours = ("models/", "logs/", "tracing/")
    bodies = [load_all(each.decode())[0] for name, each in tree.items() if name.startswith(ours)]
    return {(body["kind"], body["metadata"]["name"]): body for body in bodies}


def refused(project: Project, cache: Cache, text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        built(project, cache, text)
    return str(caught.value).splitlines()


def predictor(made: dict[tuple[str, str], Body]) -> Any:
    [found] = made["SeldonDeployment", "sentiment"]["spec"]["predictors"]
    return found


def agent(made: dict[tuple[str, str], Body]) -> str:
    env = {each["name"]: each["value"] for each in predictor(made)["svcOrchSpec"]["env"]}
    return f"{env['JAEGER_AGENT_HOST']}:{env['JAEGER_AGENT_PORT']} {env['JAEGER_SAMPLER_PARAM']}"


def test_traces_go_to_the_platform_s_own_jaeger(project: Project, cache: Cache) -> None:
    made = built(project, cache, "observability:\n  tracing: {jaeger: {}, sampling: 5%}\n")
    assert agent(made) == "jaeger.tracing.svc.cluster.local:6831 0.05"
    assert made["Service", "jaeger"]["metadata"]["namespace"] == "tracing"
    protected = made["Namespace", "tracing"]["metadata"]["annotations"]
    assert protected["argocd.argoproj.io/sync-options"] == "Prune=false,Delete=false"


def test_traces_are_kept_beside_logs(project: Project, cache: Cache) -> None:
    made = built(project, cache, f"observability:\n{LOGS}{KEPT}")
    assert agent(made) == "jaeger.logging.svc.cluster.local:6831 0.1"
    assert [name for kind, name in made if kind == "Namespace"] == ["logging"]
    assert made["CronJob", "jaeger-index-cleaner"]["metadata"]["namespace"] == "logging"
    protected = made["Elasticsearch", "elasticsearch"]["metadata"]["annotations"]
    assert protected["argocd.argoproj.io/sync-options"] == "Prune=false,Delete=false"


def test_traces_can_go_to_an_agent_that_is_there_already(project: Project, cache: Cache) -> None:
    text = "observability:\n  tracing: {agentHost: traces.monitoring, agentPort: 5775}\n"
    made = built(project, cache, text)
    assert agent(made) == "traces.monitoring:5775 0.01"
    assert "OpenTelemetryCollector" not in {kind for kind, _ in made}


@pytest.mark.parametrize(
    ("log", "url"),
    [
        ("{}", "http://requests.logging.svc.cluster.local:8080"),
        ("{url: http://broker.nlp}", "http://broker.nlp"),
    ],
)
def test_requests_are_logged_where_nothing_else_is_said(
    project: Project, cache: Cache, log: str, url: str
) -> None:
    made = built(project, cache, f"    requestLog: {log}\nobservability:\n{LOGS}")
    assert predictor(made)["graph"]["logger"] == {"url": url, "mode": "all"}


def test_kserve_logs_requests_to_the_same_place(project: Project, cache: Cache) -> None:
    text = (
        "    engine: kserve\n    requestLog: {mode: request}\n"
        'kubeflow: {release: "26.03", components: {knative-serving: false}}\n'
        f"observability:\n{LOGS}"
    )
    made = built(project, cache, text)
    assert made["InferenceService", "sentiment"]["spec"]["predictor"]["logger"] == {
        "url": "http://requests.logging.svc.cluster.local:8080",
        "mode": "request",
    }


def test_a_place_is_needed_for_what_is_kept(project: Project, cache: Cache) -> None:
    text = "    requestLog: {}\nobservability:\n  tracing: {jaeger: {storage: elasticsearch}}\n"
    assert refused(project, cache, text) == [
        "environments/test.yaml:10:5: models.sentiment.requestLog: nothing takes the requests: give "
        "url, or add observability.logs",
        "environments/test.yaml:12:22: observability.tracing.jaeger.storage: there is no "
        "Elasticsearch: add observability.logs, or take memory",
    ]


def test_every_mistake_is_told_in_one_go(project: Project, cache: Cache) -> None:
    text = """\
observability:
  tracing: {jaeger: {version: "1.76.0", replicas: 2}, agentHost: traces}
  logs:
    version: "9.0.0"
    retention: 36h
    elasticsearch: {nodes: 2, storage: {size: 20Gi}}
"""
    assert refused(project, cache, text) == [
        "environments/test.yaml:11:22: observability.tracing.jaeger.version: '1.76.0' is not a "
        "version of Jaeger 2 such as 2.13.0",
        "environments/test.yaml:11:41: observability.tracing.jaeger.replicas: 2 of them would each "
        "remember other traces: take storage elasticsearch, or 1",
        "environments/test.yaml:13:5: observability.logs.version: '9.0.0' is not a version of the "
        "Elastic Stack 8 such as 8.16.0",
        "environments/test.yaml:14:5: observability.logs.retention: '36h' is not a whole number of "
        "days such as 7d",
        "environments/test.yaml:15:21: observability.logs.elasticsearch.nodes: 2 nodes elect no "
        "master without each other: take 1, or at least 3",
    ]


@pytest.mark.parametrize("tracing", ["{sampling: 5%}", "{jaeger: {}, agentHost: traces}"])
def test_traces_go_to_one_place(project: Project, cache: Cache, tracing: str) -> None:
    assert refused(project, cache, f"observability:\n  tracing: {tracing}\n") == [
        "environments/test.yaml:11:3: observability.tracing: give jaeger for one of the platform's "
        "own, or agentHost for one that is there already"
    ]
