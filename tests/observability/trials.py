"""Promtool as the judge of one alert: cases that are generated from the objective it stands for, and
mutations of its rules, each of which some case must notice.

What is expected is written down here once more, by what upstream says and not by how the rules are
made: names of metrics and labels, edges, codes.
"""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from synth.kit.objects import Body
from tests.shared import promtool

Rules = list[Body]
Series = list[Body]

HAIR = 0.002
"""How much just below and just above are off the threshold, relatively."""
MUCH = 1_000_000
"""Requests in a step that are many."""
AMONG = (
    "just below",
    "just above",
    "too few",
    "long just below, short above",
    "long above, short just below",
)
"""The cases beside which there is traffic that must not count."""
LEAST = 0.05
"""Requests per second below which nothing is said."""


class Look(NamedTuple):
    """At a step, whether the alert fires then."""

    step: int
    fires: bool


class Case(NamedTuple):
    """What comes to a variant that is called by the case's number, and when its alert fires."""

    name: str
    parts: tuple[Part, ...]
    looks: tuple[Look, ...]


@dataclass(frozen=True)
class Trial:
    """Rules with one alert among them, evaluated every so many minutes, and what has to come of it:
    the labels of the alert where it fires, but for the variant's.
    """

    rules: Rules
    minutes: int
    engine: Engine
    kind: Kind
    labels: Mapping[str, str]
    cases: tuple[Case, ...]


def judged(folder: Path, trials: Mapping[str, Trial]) -> dict[str, str]:
    """What promtool has to say against each trial; empty where it is content."""
    for name, trial in trials.items():
        _write(folder, name, trial, trial.rules, [trial.labels["alertname"]])
    said = _run(folder, trials)
    return {name: "" if text.strip() == "SUCCESS" else text for name, text in said.items()}


def unnoticed(
    folder: Path, trials: Mapping[str, Trial], what: Mapping[str, Collection[Mutation]]
) -> list[str]:
    """The mutations, for each trial of these kinds, after which every case comes out as it should."""
    mutated = {name: list(_mutants(trials[name], kinds)) for name, kinds in what.items()}
    for name, mutants in mutated.items():
        trial = trials[name]
        rules = [each for each in trial.rules if "record" in each]
        for number, (_, changed) in enumerate(mutants):
            rules += _beside(trial.rules, changed, f"_{number}")
        alert = trial.labels["alertname"]
        _write(folder, name, trial, rules, [f"{alert}_{each}" for each in range(len(mutants))])
    return [
        f"{name}: {told}"
        for name, text in _run(folder, mutated).items()
        for number, (told, _) in enumerate(mutated[name])
        if f'{trials[name].labels["alertname"]}_{number}\\"' not in text
    ]


def _beside(rules: Rules, changed: Rules, suffix: str) -> Rules:
    """Of the changed rules those that are others now, or read such a one, by names of their own."""
    names: list[str] = []
    made = []
    for was, rule in zip(rules, changed, strict=True):
        text = rule["expr"]
        for name in names:
            text = text.replace(f"{name}{{", f"{name}{suffix}{{")
        if "alert" in rule:
            made.append({**rule, "expr": text, "alert": rule["alert"] + suffix})
        elif {**rule, "expr": text} != was:
            made.append({"record": rule["record"] + suffix, "expr": text})
            names.append(rule["record"])
    return made


def _run(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """What promtool says of each file of tests."""
    done = subprocess.run(
        [promtool(), "test", "rules", *(f"{name}.test.json" for name in names)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        # Memory is there; the collector's time is not.
        env={**os.environ, "GOGC": "400"},
    )
    _, *parts = re.split(r"^Unit Testing:  (\w+)\.test\.json\n", done.stdout, flags=re.M)
    said = dict(zip(parts[::2], parts[1::2], strict=True))
    assert said.keys() == set(names), done.stdout
    return said


def _write(folder: Path, name: str, trial: Trial, rules: Rules, alerts: Iterable[str]) -> None:
    """The files of a trial: one test with all cases side by side, for each of the alerts among the
    rules; JSON is YAML.
    """
    step = f"{trial.minutes}m"
    group = {"name": "trial", "interval": step, "rules": rules}
    (folder / f"{name}.rules.json").write_text(json.dumps({"groups": [group]}))
    test = {
        "interval": step,
        "input_series": _input(trial),
        "promql_expr_test": [
            {
                "expr": query,
                "eval_time": f"{look * trial.minutes}m",
                "exp_samples": [{"labels": found, "value": 1} for found in firing],
            }
            for alert in alerts
            for query, look, firing in _looks(trial, alert)
        ],
    }
    content = {
        "rule_files": [f"{name}.rules.json"],
        "evaluation_interval": step,
        "tests": [test],
    }
    (folder / f"{name}.test.json").write_text(json.dumps(content))


def _input(trial: Trial) -> Series:
    """Every case's requests, beside many good ones to the stable variant and nothing but bad ones
    that are none of the model's.
    """
    engine, kind = trial.engine, trial.kind
    steps = max(look.step for case in trial.cases for look in case.looks) + 1
    series: Series = []
    for number, case in enumerate(trial.cases):
        series += _counted(engine, kind, {engine.variant: str(number)}, case.parts)
    series += _counted(engine, kind, {}, (Part(steps, 100 * MUCH, 0),))
    # It must change neither what is quiet nor what fires, nor make much of little.
    told_apart = [str(number) for number, case in enumerate(trial.cases) if case.name in AMONG]
    for labels in engine.others:
        for variant in told_apart:
            own = {**labels, engine.variant: variant}
            series += _counted(engine, kind, own, (Part(steps, 100 * MUCH, 1),))
    return series


def _looks(trial: Trial, alert: str) -> Iterator[tuple[str, int, list[str]]]:
    """A query, the step of its evaluation and the alerts that are its answer."""
    variant = trial.engine.variant
    firing = f'alertname="{alert}", alertstate="firing"'
    for number, case in enumerate(trial.cases):
        labels = {**trial.labels, "alertname": alert, variant: str(number)}
        found = f'ALERTS{{alertstate="firing",{_matchers(labels)}}}'
        query = f'ALERTS{{{firing}, {variant}="{number}"}}'
        yield from ((query, look.step, [found] if look.fires else []) for look in case.looks)
    # Nor does it fire for anything else.
    last = max(look.step for case in trial.cases for look in case.looks)
    yield f'ALERTS{{{firing}, {variant}!~"[0-9]+"}}', last, []


def _matchers(labels: Mapping[str, str]) -> str:
    return ",".join(f'{label}="{value}"' for label, value in labels.items())


def lone(rules: Rules, key: Mapping[str, str]) -> Rules:
    """The one alert whose labels have these, with the records that it reads, without its words."""
    [alert] = [
        {each: value for each, value in rule.items() if each != "annotations"}
        for rule in rules
        if "alert" in rule and key.items() <= {**rule["labels"], "alert": rule["alert"]}.items()
    ]
    needed = [alert]
    for rule in reversed(rules):
        if "record" in rule and any(f"{rule['record']}{{" in each["expr"] for each in needed):
            needed.insert(0, rule)
    return needed


class Part(NamedTuple):
    """So many steps of so many requests each, of which a share of one is bad; the counters begin
    again where the pods were replaced.
    """

    steps: int
    requests: float
    bad: float
    anew: bool = False

    def of(self, share: float) -> Part:
        """A share of its requests."""
        return self._replace(requests=self.requests * share)


@dataclass(frozen=True)
class Engine:
    """What an engine shows of requests: the labels of a model's and into which these are divided,
    the one of its variants, and those of what must not count; codes of success, of the client's and
    the server's faults.
    """

    metric: str
    own: Mapping[str, str]
    variant: str
    divided: tuple[Mapping[str, str], ...]
    others: tuple[Mapping[str, str], ...]
    code: str
    good: str
    client: str
    server: tuple[str, ...]
    edges: tuple[float, ...]
    """In seconds, and what the metric's unit makes of one."""
    unit: int = 1


SELDON = Engine(
    metric="seldon_api_executor_server_requests_seconds",
    own={"namespace": "nlp", "deployment_name": "sentiment", "predictor_name": "stable"},
    variant="predictor_name",
    divided=({"service": "predictions"},),
    others=(
        {"service": "feedback"},
        {"service": "predictions", "deployment_name": "topics"},
        {"service": "predictions", "namespace": "ads"},
    ),
    code="code",
    good="200",
    client="404",
    server=("500", "503"),
    edges=(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10),
)
_METHODS = (
    "inference.GRPCInferenceService/ModelInfer",
    "seldon.protos.Seldon/Predict",
    "tensorflow.serving.PredictionService/Classify",
    "tensorflow.serving.PredictionService/MultiInference",
    "tensorflow.serving.PredictionService/Regress",
)
GRPC = replace(
    SELDON,
    divided=tuple({"service": f"/{method}"} for method in _METHODS),
    others=(
        {"service": "/inference.GRPCInferenceService/ServerReady"},
        {"service": f"/{_METHODS[0]}", "deployment_name": "topics"},
    ),
    good="OK",
    client="InvalidArgument",
    server=("DataLoss", "DeadlineExceeded", "Internal", "Unavailable", "Unimplemented", "Unknown"),
)
_FROM_GATEWAY = {"reporter": "destination", "source_workload": "istio-ingressgateway"}
KSERVE = Engine(
    metric="istio_request_duration_milliseconds",
    own={"namespace": "nlp", "model": "sentiment", "version": "stable"},
    variant="version",
    divided=(
        _FROM_GATEWAY,
        {**_FROM_GATEWAY, "source_workload": "cluster-local-gateway"},
        {**_FROM_GATEWAY, "source_workload": "activator"},
    ),
    others=(
        {**_FROM_GATEWAY, "source_workload": "autoscaler"},
        {**_FROM_GATEWAY, "reporter": "source"},
        {**_FROM_GATEWAY, "model": "topics"},
        {**_FROM_GATEWAY, "namespace": "ads"},
    ),
    code="response_code",
    good="200",
    client="404",
    server=("500", "503"),
    edges=(0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
    unit=1000,
)


@dataclass(frozen=True)
class Kind:
    """What is bad of a request, and from which share on."""

    limit: float
    latency: float | None = None
    """Slower than this, in seconds."""
    client: bool = False
    """Failing by the client's fault is as bad."""


def _counted(
    engine: Engine, kind: Kind, labels: Mapping[str, str], parts: tuple[Part, ...]
) -> Iterator[Body]:
    """Requests to whatever has these labels: good ones by all ways, bad ones by the first alone."""
    ways = engine.divided
    for way in ways:
        good = [(part, part.requests * (1 - part.bad) / len(ways)) for part in parts]
        yield from _counters(engine, {**way, **labels, "pod": "good"}, good, _good(engine, kind))
    bad = [(part, part.requests * part.bad) for part in parts]
    yield from _counters(engine, {**ways[0], **labels, "pod": "bad"}, bad, _bad(engine, kind))


Shares = Iterable[tuple[str, Mapping[str, str], float]]
"""Suffixes and labels of counters, and the share of requests that each counts."""


def _good(engine: Engine, kind: Kind) -> Shares:
    if kind.latency is not None:
        return _latencies(engine, kind.latency, (0, 1, 1))
    if kind.client:
        return [("count", {engine.code: engine.good}, 1)]
    return [("count", {engine.code: code}, 0.5) for code in (engine.good, engine.client)]


def _bad(engine: Engine, kind: Kind) -> Shares:
    if kind.latency is not None:
        return _latencies(engine, kind.latency, (0, 0, 1))
    codes = (*engine.server, *([engine.client] if kind.client else []))
    return [("count", {engine.code: code}, 1 / len(codes)) for code in codes]


def _latencies(engine: Engine, edge: float, below: tuple[float, float, float]) -> Shares:
    """The share of requests below each of the edges around one."""
    at = engine.edges.index(edge)
    around = engine.edges[at - 1 : at + 2]
    for le, share in zip((*around, math.inf), (*below, 1), strict=True):
        name = "+Inf" if le == math.inf else f"{le * engine.unit:g}"
        yield "bucket", {engine.code: engine.good, "le": name}, share
    yield "count", {engine.code: engine.good}, 1


def _counters(
    engine: Engine, labels: Mapping[str, str], rates: list[tuple[Part, float]], shares: Shares
) -> Iterator[Body]:
    """Counters of requests that come at these rates, in steps."""
    if not any(rate for _, rate in rates):
        return
    for suffix, more, share in shares:
        reached, values = 0.0, ["0"]
        for part, rate in rates:
            step = rate * share
            start = 0.0 if part.anew else reached + step
            values.append(f"{start!r}+{step!r}x{part.steps - 1}")
            reached = start + step * (part.steps - 1)
        name = f"{engine.metric}_{suffix}{{{_matchers({**engine.own, **labels, **more})}}}"
        yield {"series": name, "values": " ".join(values)}


def cases(kind: Kind, *, window: int, wait: int, minutes: int, memory: int) -> tuple[Case, ...]:
    """Those of an alert on a share within a window, which waits; `memory` is the longest window that
    it reads. All are in steps of so many minutes.
    """
    below, above = kind.limit * (1 - HAIR), kind.limit * (1 + HAIR)
    least = LEAST * 60 * minutes
    many, whole = 6 * window, memory + 1
    # An alert that ends for a moment stays away for as long as it waits.
    rarely = max(wait, memory // 6)
    changed = sorted({*range(1, 2 * window, wait), *range(rarely, memory, rarely)})
    # The first rate needs two samples.
    first = 1 + wait

    def at(steps: Iterable[int], *, fires: bool) -> tuple[Look, ...]:
        return tuple(Look(step, fires) for step in steps)

    return (
        Case("just below", (Part(many, MUCH, below),), at([many], fires=False)),
        Case(
            "just above",
            (Part(many, MUCH, above),),
            (Look(first - 1, fires=False), *at([first, many], fires=True)),
        ),
        Case(
            "recovered",
            (Part(many, 1000 * MUCH, 1), Part(many, MUCH, 0)),
            (
                *at([many, many + window - 2], fires=True),
                Look(many + window + 1, fires=False),
            ),
        ),
        Case("no data", (), at([many], fires=False)),
        Case("no requests", (Part(many, 0, 0),), at([many], fires=False)),
        Case("too few", (Part(2 * whole, least * (1 - HAIR), 1),), at([2 * memory], fires=False)),
        Case(
            "just enough", (Part(2 * whole, least * (1 + HAIR), 1),), at([2 * memory], fires=True)
        ),
        Case(
            "ever fewer",
            (Part(many, 1000 * MUCH, 1), Part(many, least / 2, 1)),
            (Look(many + window - 2, fires=True), Look(many + window + 1, fires=False)),
        ),
        *(
            Case(
                f"{times} times as many, as bad as ever",
                (Part(whole, MUCH, above), Part(whole, MUCH * times, above)),
                at([whole + after for after in changed], fires=True),
            )
            for times in (3, 1 / 3)
        ),
        *(
            Case(
                f"pods replaced, {share:g} bad",
                (Part(many, MUCH, share), Part(many, MUCH, share, anew=True)),
                at(range(many, many + window), fires=fires),
            )
            for share, fires in ((below, False), (above, True))
        ),
    )


def burning(kind: Kind, *, long: int, short: int, wait: int, minutes: int) -> tuple[Case, ...]:
    """Those of an alert on two windows, beside what `cases` has of the short one."""
    settled = wait + 2
    least = LEAST * 60 * minutes
    old, new = long + 1, short + settled

    def bad(name: str, *shares: tuple[int, float], fires: bool = False) -> Case:
        """Steps, and how much of the limit is bad in them."""
        parts = tuple(Part(steps, MUCH, kind.limit * share) for steps, share in shares)
        return Case(name, parts, (Look(old + new, fires),))

    def few(name: str, before: float, since: float) -> Case:
        """How much of what is enough comes; all of it bad."""
        parts = Part(old, least * before, 1), Part(new, least * since, 1)
        return Case(name, parts, (Look(old + new, fires=False),))

    return (
        bad("long just below, short above", (old, 0.993), (new, 1.01)),
        bad("long above, short just below", (old, 1.05), (new, 0.998)),
        bad("not enough within long", (old, 0), (short, 0.6 * long / short), (settled, 1.2)),
        bad(
            "enough within long", (old, 0), (short, 1.4 * long / short), (settled, 1.2), fires=True
        ),
        few("too few within long", 0.993, 1.01),
        few("too few within short", 1.05, 0.998),
    )


Mutation = Literal["comparison", "number", "window", "matcher", "wait", "label"]
ALL: tuple[Mutation, ...] = get_args(Mutation)
OWN = ("namespace", "deployment_name", "model")
"""Labels whose matchers hold rules to a model, and are never left out: what has none is held to the
model by what it is combined with.
"""
_COMPARED = re.compile(r"(>=|>) ([\d.e-]+)")
_WINDOW = re.compile(r"\[(\d+)([mhd])\]")
_MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')
_QUANTILE = re.compile(r"histogram_quantile\((0\.\d+)")
_BY = re.compile(r"by \([^)]*(, \w+)\)")
_MINUTES = {"m": 1, "h": 60, "d": 1440}


def _mutants(trial: Trial, kinds: Collection[Mutation]) -> Iterator[tuple[str, Rules]]:
    """The rules with one thing changed; numbers by one percent, windows to half and double."""
    for number, rule in enumerate(trial.rules):
        name = rule.get("record", "alert")
        for kind, told, changed in (*_expressions(rule), *_fields(rule, trial.minutes)):
            if kind in kinds:
                rules = [*trial.rules[:number], changed, *trial.rules[number + 1 :]]
                yield f"{name}: {told}", rules


def _fields(rule: Body, minutes: int) -> Iterator[tuple[Mutation, str, Body]]:
    if "alert" not in rule:
        return
    wait = int(rule["for"][:-1]) * _MINUTES[rule["for"][-1]]
    for other in (wait - minutes, wait + minutes):
        yield "wait", f"for {other}m", {**rule, "for": f"{other}m"}
    for label, value in rule["labels"].items():
        others = {**rule["labels"], label: f"{value}x"}
        yield "label", f"another {label}", {**rule, "labels": others}


def _expressions(rule: Body) -> Iterator[tuple[Mutation, str, Body]]:
    text = rule["expr"]
    for kind, start, stop, new in _replacements(text):
        told = f"{new!r} for {text[start:stop]!r}"
        yield kind, told, {**rule, "expr": text[:start] + new + text[stop:]}


def _replacements(text: str) -> Iterator[tuple[Mutation, int, int, str]]:
    """From where to where something of an expression is replaced, and by what."""
    for found in _COMPARED.finditer(text):
        yield "comparison", *found.span(1), "<"
        for factor in (0.99, 1.01):
            yield "number", *found.span(2), f"{float(found[2]) * factor:.6g}"
    for found in _WINDOW.finditer(text):
        length = int(found[1]) * _MINUTES[found[2]]
        for seconds in (30 * length, 120 * length):
            yield "window", *found.span(), f"[{seconds}s]"
    for found in _MATCHER.finditer(text):
        yield "matcher", *found.span(3), f"{found[3]}x"
        if found[1] not in OWN:
            behind = 2 * text[found.end() :].startswith(", ")
            yield "matcher", found.start() - (2 - behind), found.end() + behind, ""
    for found in _QUANTILE.finditer(text):
        yield "number", *found.span(1), f"{float(found[1]) - 0.01:g}"
    for found in _BY.finditer(text):
        yield "matcher", *found.span(1), ""
