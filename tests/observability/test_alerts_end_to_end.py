"""A model that becomes slow: a real Prometheus scrapes what its pods show, evaluates our rule and has a
real Alertmanager tell a webhook, and again when it is over.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from synth.clients.prometheus import Prometheus
from synth.kit.objects import Body
from tests.events.alertmanager import EVERYTHING
from tests.events.alertmanager import running as alertmanager
from tests.events.examples import made as team_events
from tests.observability import real_prometheus
from tests.observability.exporter import Exporter, exporting
from tests.observability.test_objects import RULE, made
from tests.observability.trials import KSERVE, SELDON, Engine
from tests.servers import wait_for

pytestmark = pytest.mark.alerts

FAST, SLOW = (0.3, 0.4) * 10, (0.3, 0.4) * 9 + (0.6, 0.7)
"""Of twenty requests none, or two, take longer than the objective."""


@dataclass(frozen=True)
class Served:
    """By which engine, what its pods have in Prometheus' discovery and show themselves, for each
    variant, and the labels that an alert on it has.
    """

    engine: Engine
    monitor: str
    model: dict[str, Any]
    discovered: dict[str, dict[str, str]]
    shown: dict[str, dict[str, str]]
    told: dict[str, dict[str, str]]


def _executor(variant: str) -> dict[str, str]:
    return {
        "deployment_name": "sentiment", "predictor_name": variant, "predictor_version": "8",
        "service": "predictions", "method": "post",
    }  # fmt: skip


def _pod(version: str) -> dict[str, str]:
    return {
        "__meta_kubernetes_pod_label_serving_kserve_io_inferenceservice": "sentiment",
        "__meta_kubernetes_pod_annotation_kfsynth_version": version,
    }


VARIANTS = ("stable", "canary")
_SIDECAR = {"reporter": "destination", "source_workload": "istio-ingressgateway"}
MODELS = {
    "seldon": Served(
        SELDON,
        "seldon-metrics",
        {},
        {variant: {} for variant in VARIANTS},
        {variant: _executor(variant) for variant in VARIANTS},
        {
            variant: {"deployment_name": "sentiment", "predictor_name": variant}
            for variant in VARIANTS
        },
    ),
    "kserve": Served(
        KSERVE,
        "kserve-metrics",
        {"engine": "kserve"},
        {"stable": _pod("7"), "canary": _pod("8")},
        dict.fromkeys(VARIANTS, _SIDECAR),
        {"stable": {"version": "7"}, "canary": {"version": "8"}},
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_canary_that_becomes_slow_is_told_of_until_it_is_not(name: str, tmp_path: Path) -> None:
    served = MODELS[name]
    objects = made({**served.model, "objectives": {"latency": {"p95": "500ms"}}})
    monitor = objects["PodMonitor", served.monitor]
    config = team_events()["AlertmanagerConfig/retraining"]
    exporters = {variant: Exporter(served.engine, served.shown[variant]) for variant in VARIANTS}
    for exporter in exporters.values():
        exporter.latencies = FAST
    with ExitStack() as stack:
        alerts = stack.enter_context(alertmanager(config, tmp_path))
        pods = {
            stack.enter_context(exporting(exporter)): served.discovered[variant]
            for variant, exporter in exporters.items()
        }
        address = stack.enter_context(
            real_prometheus.running(monitor, objects[RULE], pods, alerts.host, tmp_path)
        )
        ask = Prometheus(address).value
        recorded = objects[RULE]["spec"]["groups"][0]["rules"][0]["record"]
        wait_for("a recorded rate", lambda: (ask(f"min({recorded})") or 0) > 100)
        assert {exporter.path for exporter in exporters.values()} == {
            monitor["spec"]["podMetricsEndpoints"][0]["path"]
        }
        assert ask("count(ALERTS)") is None
        exporters["canary"].latencies = SLOW
        firing = alerts.until(EVERYTHING, lambda body: body["status"] == "firing")
        exporters["canary"].latencies = FAST
        resolved = alerts.until(EVERYTHING, lambda body: body["status"] == "resolved")
    [begun], [ended] = firing["alerts"], resolved["alerts"]
    assert begun["labels"] == _labels(served.told["canary"])
    assert begun["annotations"]["summary"] == "Model sentiment answers slower than promised"
    assert begun["annotations"]["description"].endswith("the objective is 500ms.")
    assert (ended["status"], ended["labels"]) == ("resolved", begun["labels"])


def _labels(own: dict[str, str]) -> Body:
    return {
        "alertname": "ModelLatencyHigh", "severity": "warning", "team": "nlp",
        "model": "sentiment", "namespace": "nlp", "quantile": "p95", **own,
    }  # fmt: skip


def test_only_durations_are_shortened() -> None:
    rule = made({"objectives": {"availability": "99.9%", "latency": {"p95": "500ms"}}})[RULE]
    [group], [short] = rule["spec"]["groups"], real_prometheus.shortened(rule)
    assert (group["interval"], short["interval"]) == ("1m", "1000ms")
    for was, is_ in zip(group["rules"], short["rules"], strict=True):
        for long, brief in {
            "[5m]": "[5000ms]", "[30m]": "[30000ms]", "[1h]": "[60000ms]", "[2h]": "[120000ms]",
            "[6h]": "[360000ms]", "[1d]": "[1440000ms]", "[3d]": "[4320000ms]",
        }.items():  # fmt: skip
            was = {**was, "expr": was["expr"].replace(long, brief)}
        wait = {"for": {"5m": "5000ms", "2m": "2000ms", "15m": "15000ms", "1h": "60000ms",
                        "3h": "180000ms"}[was["for"]]} if "for" in was else {}  # fmt: skip
        assert is_ == {**was, **wait}
