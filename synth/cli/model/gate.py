"""`synth model gate`: is a version good enough to go on?"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from synth.catalog.metrics import requests
from synth.cli.model.change import address, asked, refusals
from synth.cli.steps import mistakes, repository, stop
from synth.clients.git import extract
from synth.clients.mlflow import Registry
from synth.clients.prometheus import Prometheus
from synth.config.promotion import GateName
from synth.config.serving import Model, Variant
from synth.configuration import configuration
from synth.edit.variants import roles
from synth.kit.table import table
from synth.project import Project
from synth.review.gate import Comparison, compare_metrics, compare_traffic
from synth.review.steps import steps
from synth.review.traffic import traffic

_HEAD = ("MODEL", "ENV", "GATE", "WHAT", "STABLE", "CANDIDATE", "LIMIT", "OUTCOME")


class Trial(NamedTuple):
    """A candidate before its gates; `variant` is what it serves as, where it does."""

    environment: str
    model: Model
    stable: Variant
    version: int
    variant: Variant | None
    gates: Sequence[GateName]


def run(options: argparse.Namespace) -> int:
    trials = list(_since(options) if options.base else _named(options))
    if not trials:
        print(f"no version has got more since {options.base}")
        return 0
    rows = [
        (trial, gate, comparison)
        for trial in trials
        for gate in trial.gates
        for comparison in _compared(trial, gate)
    ]
    print(_json(rows) if options.output == "json" else _text(rows))
    return 1 if any(each.outcome != "passed" for _, _, each in rows) else 0


def _named(options: argparse.Namespace) -> Iterator[Trial]:
    """The candidate that the command names."""
    if not (options.model and options.env):
        stop("synth model gate: name MODEL and --env ENV, or --base REV")
    it = asked(options)
    where = f"{options.env}: {options.model}"
    with refusals(where):
        stable, canary = roles(it.model.variants)
    gates: list[GateName] = ["metrics"] if it.model.gate.metrics else []
    if options.live:
        gates.append("live")
    if not gates:
        stop(f"{where}: it has no gate.metrics to compare: add some, or say --live")
    version = options.version or (canary.version if canary else None)
    if version is None:
        stop(f"{where}: there is no canary: --version N names the candidate")
    yield Trial(options.env, it.model, stable, version, canary, gates)


def _since(options: argparse.Namespace) -> Iterator[Trial]:
    """Every step that the environments have made since a revision."""
    project = repository(options)
    with mistakes(), refusals(options.base), TemporaryDirectory() as scratch:
        if not extract(project.root, options.base, ["environments"], Path(scratch)):
            stop(f"{options.base}: there is no environments/")
        before = configuration(Project(Path(scratch)))
        after = configuration(project)
    for name, loaded in after.items():
        if name not in before:
            continue
        gates = loaded.environment.policy.promotion.gates
        for step in steps(before[name].environment.models, loaded.environment.models):
            demanded: Sequence[GateName] = getattr(gates, step.kind)
            yield Trial(
                name, step.model, step.stable, step.candidate.version, step.candidate, demanded
            )


def _compared(trial: Trial, gate: GateName) -> list[Comparison]:
    with refusals(f"{trial.environment}: {trial.model.name}"):
        return list(_in_registry(trial) if gate == "metrics" else _in_prometheus(trial))


def _in_registry(trial: Trial) -> Iterator[Comparison]:
    model = trial.model
    registry = Registry(address("MLFLOW_TRACKING_URI", "MLflow"))
    stable, candidate = (
        registry.metrics(model.registry_name, version)
        for version in (trial.stable.version, trial.version)
    )
    return compare_metrics(model.gate.metrics, stable, candidate)


def _in_prometheus(trial: Trial) -> Iterator[Comparison]:
    model, window = trial.model, trial.model.gate.live.window
    if trial.variant is None or trial.variant.version != trial.version:
        stop(f"{trial.environment}: {model.name}: version {trial.version} serves nothing there")
    ask = Prometheus(address("PROMETHEUS_URL", "Prometheus")).value
    measured = requests(model.engine, model.server.transport)
    stable, candidate = (
        traffic(ask, measured, model.team, model.name, each.name, each.version, window)
        for each in (trial.stable, trial.variant)
    )
    return compare_traffic(model.gate.live, stable, candidate)


def _text(rows: Sequence[tuple[Trial, GateName, Comparison]]) -> str:
    return table(
        _HEAD,
        [
            (
                trial.model.name,
                trial.environment,
                gate,
                each.what,
                _number(each.stable),
                _number(each.candidate),
                each.limit,
                each.outcome,
            )
            for trial, gate, each in rows
        ],
    )


def _json(rows: Sequence[tuple[Trial, GateName, Comparison]]) -> str:
    return json.dumps(
        [
            {
                "model": trial.model.name,
                "environment": trial.environment,
                "gate": gate,
                "stableVersion": trial.stable.version,
                "candidateVersion": trial.version,
                **each._asdict(),
            }
            for trial, gate, each in rows
        ],
        indent=2,
        ensure_ascii=False,
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
