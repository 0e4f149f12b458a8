"""What the queries of dashboards come to, as Prometheus' own promtool evaluates them.

A query that cannot be evaluated, because two series would match one, fails here as well.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from tests.observability.test_dashboards import boards, filled, panels
from tests.shared import promtool

HOURS = 30
"""How long the series are; a sample each minute, and questions are asked at the end."""
MINUTES = 60 * HOURS
SELDON = 'namespace="nlp", deployment_name="sentiment", service="predictions"'
STABLE = f'{SELDON}, predictor_name="stable", predictor_version="7", pod="p1"'
CANARY = f'{SELDON}, predictor_name="canary", predictor_version="8", pod="p2"'
OTHER = (
    'namespace="nlp", deployment_name="sentiment-v2", service="/inference.GRPCInferenceService/'
    'ModelInfer", predictor_name="stable", predictor_version="1", pod="p3", code="OK"'
)
KSERVE = (
    'namespace="nlp", model="topics", version="4", pod="p4", reporter="destination", '
    'source_workload="activator", response_code="200"'
)
REQUESTS = "seldon_api_executor_server_requests_seconds"
ISTIO = "istio_request_duration_milliseconds"
FAILED = "resource_manager_workflow_runs_failed"
SUCCEEDED = 'argo_workflows_workflow_succeeded_created_seconds{team="nlp", workflow="training"}'


def rising(by: float) -> str:
    return f"0+{by}x{MINUTES}"


def steady(value: float) -> str:
    return f"{value}+0x{MINUTES}"


def owner(pod: str, deployment: str) -> str:
    return (
        f'kube_pod_owner{{namespace="nlp", pod="{pod}", owner_kind="ReplicaSet", '
        f'owner_name="{deployment}-6d5f7c9b8"}}'
    )


def deployments(metric: str, stable: int, canary: int) -> dict[str, str]:
    sizes = {"sentiment-stable-0-model": stable, "sentiment-canary-0-model": canary}
    return {
        f'kube_deployment_{metric}{{namespace="nlp", deployment="{name}"}}': steady(size)
        for name, size in {**sizes, "sentiment-v2-stable-0-model": 9}.items()
    }


SERIES: Mapping[str, str] = {
    # Of 60 requests a minute to stable 57 take up to 250 ms, the others up to 500 ms.
    f'{REQUESTS}_count{{{STABLE}, code="200"}}': rising(60),
    f'{REQUESTS}_bucket{{{STABLE}, code="200", le="0.1"}}': rising(0),
    f'{REQUESTS}_bucket{{{STABLE}, code="200", le="0.25"}}': rising(57),
    f'{REQUESTS}_bucket{{{STABLE}, code="200", le="0.5"}}': rising(60),
    f'{REQUESTS}_bucket{{{STABLE}, code="200", le="+Inf"}}': rising(60),
    f'{REQUESTS}_count{{{CANARY}, code="200"}}': rising(15),
    f'{REQUESTS}_count{{{CANARY}, code="500"}}': rising(5),
    f"{REQUESTS}_count{{{OTHER}}}": rising(6),
    f"{ISTIO}_count{{{KSERVE}}}": rising(60),
    f'{ISTIO}_bucket{{{KSERVE}, le="50"}}': rising(0),
    f'{ISTIO}_bucket{{{KSERVE}, le="100"}}': rising(60),
    f'{ISTIO}_bucket{{{KSERVE}, le="+Inf"}}': rising(60),
    **{owner(f"p{1 + n}", f"sentiment-{name}-0-model"): steady(1)
       for n, name in enumerate(("stable", "canary"))},
    owner("p3", "sentiment-v2-stable-0-model"): steady(1),
    **deployments("spec_replicas", 3, 1),
    **deployments("status_replicas_available", 2, 1),
    # Two containers of p1 take a quarter and an eighth of a core of the one and a half requested.
    'container_cpu_usage_seconds_total{namespace="nlp", pod="p1", container="model"}': rising(15),
    'container_cpu_usage_seconds_total{namespace="nlp", pod="p1", container="engine"}': rising(7.5),
    'container_cpu_usage_seconds_total{namespace="nlp", pod="p1", container=""}': rising(60),
    'kube_pod_container_resource_requests{namespace="nlp", pod="p1", container="model", '
    'resource="cpu"}': steady(1),
    'kube_pod_container_resource_requests{namespace="nlp", pod="p1", container="engine", '
    'resource="cpu"}': steady(0.5),
    # A run that failed long ago, two that failed today; one is told of by two pods.
    f'{FAILED}{{profile="nlp", workflow="old", pod="a"}}': steady(1),
    f'{FAILED}{{profile="nlp", workflow="new", pod="a"}}': f"_x{MINUTES - 600} 1+0x600",
    f'{FAILED}{{profile="nlp", workflow="new", pod="b"}}': f"_x{MINUTES - 500} 1+0x500",
    f'{FAILED}{{profile="nlp", workflow="last", pod="b"}}': f"_x{MINUTES - 5} 1+0x5",
    f'{FAILED}{{profile="vision", workflow="theirs", pod="b"}}': f"_x{MINUTES - 5} 1+0x5",
    # The last run was created 10 minutes before it was seen to have succeeded, which is now.
    SUCCEEDED: f"{60 * (MINUTES - 70)}+0x{MINUTES - 1} {60 * (MINUTES - 10)}",
    'kafka_consumergroup_lag{namespace="kafka", strimzi_io_cluster="events", '
    'consumergroup="comments-processor", topic="comments", partition="0"}': steady(30),
    'kafka_consumergroup_lag{namespace="kafka", strimzi_io_cluster="events", '
    'consumergroup="comments-processor", topic="comments", partition="1"}': steady(12),
    'processor_event_seconds_sum{namespace="nlp", job="nlp/comments-processor"}': rising(180),
    'processor_event_seconds_sum{namespace="nlp", job="nlp/likes-processor"}': rising(60),
    'kube_resourcequota{namespace="nlp", resource="cpu", type="used"}': steady(9),
    'kube_resourcequota{namespace="nlp", resource="cpu", type="hard"}': steady(10),
    'kube_resourcequota{namespace="nlp", resource="pods", type="used"}': steady(0),
    'kube_resourcequota{namespace="nlp", resource="pods", type="hard"}': steady(0),
    'certmanager_certificate_expiration_timestamp_seconds{namespace="a", name="near"}': steady(
        60 * MINUTES + 600
    ),
    'certmanager_certificate_expiration_timestamp_seconds{namespace="a", name="none"}': steady(0),
    'argocd_app_info{project="prod", name="a", sync_status="OutOfSync", health_status="Healthy"}':
        steady(1),
    'argocd_app_info{project="prod", name="b", sync_status="Synced", health_status="Degraded"}':
        steady(1),
    'argocd_app_info{project="prod", name="c", sync_status="Synced", health_status="Healthy"}':
        steady(1),
    'argocd_app_info{project="dev", name="d", sync_status="OutOfSync", health_status="Missing"}':
        steady(1),
}  # fmt: skip
STABLE_, CANARY_ = '{variant="stable"}', '{variant="canary"}'
Results = Mapping[str, float]
"""Values by their labels."""
CASES: Mapping[str, tuple[str, int, str, Mapping[str, str], Results]] = {
    "requests": ("serving_nlp", 11, "{{variant}}", {}, {STABLE_: 1, CANARY_: 1 / 3}),
    "requests of gRPC": (
        "serving_nlp", 11, "{{variant}}", {"model": "sentiment-v2"}, {STABLE_: 0.1},
    ),
    "requests of KServe": (
        "serving_nlp", 11, "{{variant}}", {"model": "topics"}, {'{variant="4"}': 1},
    ),
    "shares": ("serving_nlp", 12, "{{variant}}", {}, {STABLE_: 0.75, CANARY_: 0.25}),
    "p95": ("serving_nlp", 23, "{{variant}}", {}, {STABLE_: 0.25}),
    "p50 of KServe": (
        "serving_nlp", 21, "{{variant}}", {"model": "topics"}, {'{variant="4"}': 0.075},
    ),
    "objective": ("serving_nlp", 23, "objective", {}, {'{model="sentiment"}': 0.5}),
    "no objective": ("serving_nlp", 23, "objective", {"model": "topics"}, {}),
    "p95 of its objective": ("serving_nlp", 3, "p95 of its objective", {}, {"{}": 0.5}),
    "failing": ("serving_nlp", 31, "{{variant}}", {}, {STABLE_: 0, CANARY_: 0.25}),
    "failing of its objective": (
        "serving_nlp", 5, "Failing of its objective", {}, {"{}": 25},
    ),
    "pods missing": ("serving_nlp", 6, "Pods missing", {}, {"{}": 1}),
    "pods wanted": ("serving_nlp", 44, "{{variant}} wanted", {}, {STABLE_: 3, CANARY_: 1}),
    "CPU": ("serving_nlp", 41, "{{variant}}", {}, {STABLE_: 0.25}),
    "pods that answer": ("serving_nlp", 51, "Pods", {}, {STABLE_: 1, CANARY_: 1}),
    "all models": (
        "serving_nlp", 61, "Requests", {},
        {'{model="sentiment"}': 4 / 3, '{model="sentiment-v2"}': 0.1, '{model="topics"}': 1},
    ),
    "failed runs": ("training_nlp", 31, "failed", {}, {"{}": 2}),
    "no successful runs": ("training_nlp", 31, "succeeded", {}, {"{}": 0}),
    "last success": ("training_nlp", 21, "{{workflow}}", {}, {'{workflow="training"}': 600}),
    "duration": ("training_nlp", 22, "{{workflow}}", {}, {'{workflow="training"}': 600}),
    "duration of another": ("training_nlp", 22, "{{workflow}}", {"workflow": "evaluation"}, {}),
    "lag": ("streams_nlp", 12, "{{stream}}", {}, {'{stream="comments"}': 42}),
    "events at once": ("streams_nlp", 22, "{{stream}}", {}, {'{stream="comments"}': 3}),
    "events at once of another": (
        "streams_nlp", 22, "{{stream}}", {"stream": "likes"}, {'{stream="likes"}': 1},
    ),
    "no output": (
        "streams_nlp", 11, "into the output", {"stream": "likes"}, {'{stream="likes"}': 0},
    ),
    "quota": (
        "platform", 31, "{{namespace}} {{resource}}", {}, {'{namespace="nlp", resource="cpu"}': 0.9},
    ),
    "next certificate": ("platform", 3, "Next certificate", {}, {"{}": 600}),
    "all failed runs": ("platform", 5, "Failed pipeline runs", {}, {"{}": 3}),
    "out of sync": ("platform", 1, "Out of sync", {}, {"{}": 1}),
    "unhealthy": ("platform", 2, "Unhealthy", {}, {"{}": 1}),
    "applications": (
        "platform", 11, "Amiss", {},
        {'{name="a", sync_status="OutOfSync", health_status="Healthy"}': 1,
         '{name="b", sync_status="Synced", health_status="Degraded"}': 1},
    ),
}  # fmt: skip


def query(uid: str, number: int, legend: str, variables: Mapping[str, str]) -> str:
    [panel] = [each for each in panels(BOARDS[uid]) if each["id"] == number]
    [expr] = [each["expr"] for each in panel["targets"] if each["legendFormat"] == legend]
    return filled(expr, **variables)


BOARDS = boards()


def evaluated(
    folder: Path, cases: Mapping[str, tuple[str, Results]]
) -> subprocess.CompletedProcess[str]:
    """What promtool says of queries and what they should come to."""
    tests = [
        {
            "expr": f"round(({expr}), 0.0001)",
            "eval_time": f"{MINUTES}m",
            "exp_samples": [
                {"labels": key, "value": round(value, 4)} for key, value in results.items()
            ],
        }
        for expr, results in cases.values()
    ]
    series = [{"series": name, "values": values} for name, values in SERIES.items()]
    path = folder / "test.yaml"
    content = {
        "rule_files": [],
        "evaluation_interval": "1m",
        "tests": [{"interval": "1m", "input_series": series, "promql_expr_test": tests}],
    }
    path.write_text(yaml.safe_dump(content))
    command = [promtool(), "test", "rules", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_queries_come_to_what_they_say(tmp_path: Path) -> None:
    done = evaluated(
        tmp_path,
        {
            name: (query(uid, number, legend, variables), results)
            for name, (uid, number, legend, variables, results) in CASES.items()
        },
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("case", CASES)
def test_no_query_comes_to_anything_else(case: str, tmp_path: Path) -> None:
    uid, number, legend, variables, results = CASES[case]
    expr = query(uid, number, legend, variables)
    wrong = {key: value + 1 for key, value in results.items()} or {"{}": 1.0}
    assert evaluated(tmp_path, {case: (expr, wrong)}).returncode == 1
