"""Every alert on a model's requests fires when its objective says so and at no other time, as
Prometheus' own promtool sees it, and nothing in its rules could be otherwise.

What Grafana evaluates is judged by the same cases: its query and threshold are put together as
the expression that they stand for, beside what Prometheus records for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.observability.test_alerts import grafana_rules, prometheus_rules
from tests.observability.trials import (
    ALL,
    GRPC,
    KSERVE,
    SELDON,
    Case,
    Engine,
    Kind,
    Mutation,
    Rules,
    Trial,
    burning,
    cases,
    judged,
    lone,
    unnoticed,
)

MODELS: dict[str, tuple[Engine, dict[str, Any]]] = {
    "seldon": (SELDON, {}),
    "gRPC": (GRPC, {"server": {"transport": "grpc"}}),
    "kserve": (KSERVE, {"engine": "kserve"}),
}
OBJECTIVES = {
    "latency": {"p50": "25ms", "p90": "250ms", "p95": "500ms", "p99": "2500ms"},
    "errors": "1%",
    "availability": "99.9%",
}
BURNS = {
    "1h": ("5m", 0.0144, "critical", {"long": 60, "short": 5, "wait": 2, "minutes": 1}),
    "6h": ("30m", 0.006, "critical", {"long": 72, "short": 6, "wait": 3, "minutes": 5}),
    "1d": ("2h", 0.003, "warning", {"long": 72, "short": 6, "wait": 3, "minutes": 20}),
    "3d": ("6h", 0.001, "warning", {"long": 72, "short": 6, "wait": 3, "minutes": 60}),
}
"""By the long window: the short one, the share that is too much, who is told, and all in steps."""


def trials(rules: Rules, engine: Engine) -> dict[str, Trial]:
    """A trial for each alert on requests."""
    made = {}
    brief = {"window": 5, "wait": 5, "minutes": 1, "memory": 5}
    for quantile, slow in {"p50": 0.025, "p90": 0.25, "p95": 0.5, "p99": 2.5}.items():
        kind = Kind(limit=1 - int(quantile[1:]) / 100, latency=slow)
        key = {"alert": "ModelLatencyHigh", "severity": "warning", "quantile": quantile}
        made[quantile] = _trial(rules, engine, kind, key, 1, cases(kind, **brief))
    kind = Kind(limit=0.01, client=True)
    key = {"alert": "ModelErrorsHigh", "severity": "warning"}
    made["errors"] = _trial(rules, engine, kind, key, 1, cases(kind, **brief))
    for long, (window, limit, severity, steps) in BURNS.items():
        kind = Kind(limit)
        key = {
            "alert": "ModelErrorBudgetBurn", "severity": severity, "long": long, "short": window,
        }  # fmt: skip
        brief = {"window": steps["short"], "wait": steps["wait"], "minutes": steps["minutes"]}
        both = (*cases(kind, **brief, memory=steps["long"]), *burning(kind, **steps))
        made[long] = _trial(rules, engine, kind, key, steps["minutes"], both)
    return made


def _trial(
    rules: Rules,
    engine: Engine,
    kind: Kind,
    key: Mapping[str, str],
    minutes: int,
    its: tuple[Case, ...],
) -> Trial:
    told = {"team": "nlp", "model": "sentiment", **engine.own, "alertname": key["alert"], **key}
    del told["alert"]
    return Trial(lone(rules, key), minutes, engine, kind, told, its)


@pytest.mark.parametrize(
    ("rules", "model"),
    [
        *((prometheus_rules, model) for model in MODELS),
        (grafana_rules, "seldon"),
        # What engines differ by is the same in both, and seen above.
        *(
            pytest.param(grafana_rules, each, marks=pytest.mark.thorough)
            for each in ("gRPC", "kserve")
        ),
    ],
)
def test_alerts_fire_when_the_objective_says_so(rules: Any, model: str, tmp_path: Path) -> None:
    engine, changes = MODELS[model]
    said = judged(tmp_path, trials(rules(objectives=OBJECTIVES, **changes), engine))
    assert len(said) == 9
    assert not any(said.values()), "\n".join(f"{name}:\n{text}" for name, text in said.items())


# Quantiles, burns and engines differ by what is mutated here.
SAME: tuple[Mutation, ...] = ("comparison", "number", "window", "wait", "label")
MUTATED: dict[str, dict[str, tuple[Mutation, ...]]] = {
    "seldon": {
        **dict.fromkeys(("p95", "errors", "1h"), ALL),
        **dict.fromkeys(("p50", "p90", "p99", "6h", "1d", "3d"), SAME),
    },
    "gRPC": {"p95": ("matcher",), "errors": ("matcher",), "1h": ("matcher",)},
    "kserve": {"p95": ALL, "errors": ALL, "1h": ("matcher",)},
}


@pytest.mark.thorough
@pytest.mark.parametrize("model", MODELS)
def test_nothing_in_the_rules_could_be_otherwise(model: str, tmp_path: Path) -> None:
    engine, changes = MODELS[model]
    made = trials(prometheus_rules(objectives=OBJECTIVES, **changes), engine)
    assert unnoticed(tmp_path, made, MUTATED[model]) == []
