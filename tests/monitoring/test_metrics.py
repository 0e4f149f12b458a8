"""Rules ask for metrics that somebody shows."""

from __future__ import annotations

import re

import pytest
from evaluation import push
from processor.metrics import Metrics

from synth.catalog.platform_metrics import CUSTOM, KNOWN, PUT_ASIDE, WORKFLOW_SUCCEEDED
from tools.runbooks import rules

_WORDS = frozenset(
    "and or unless on ignoring by without group_left group_right offset bool inf nan".split()
)


def metrics(expression: str) -> set[str]:
    """The metrics that an expression asks for."""
    rest = re.sub(r'"(\\.|[^"\\])*"', '""', expression)
    rest = re.sub(r"{[^}]*}|\[[^]]*\]", " ", rest)
    rest = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", " ", rest)
    rest = re.sub(r"\boffset\s+\w+", " ", rest)
    names = re.findall(r"(?<![\w.])([a-zA-Z_:][\w:]*)(?!\w)(?!\s*\()", rest)
    return {*names} - _WORDS


@pytest.mark.parametrize(
    ("expression", "asked"),
    [
        ("up", {"up"}),
        ('sum by (le, job) (rate(a_bucket{job="x", p=~"b{2}"}[5m])) > 0.5', {"a_bucket"}),
        ("count(a unless on (x, y) a offset 1h) or vector(0)", {"a"}),
        ('absent(up{a="b"} == 1)\nand\ntime() - max (b) >= 1e6', {"up", "b"}),
        ("job:a:rate5m / ignoring (x) group_left (y) b", {"job:a:rate5m", "b"}),
        ("1.5e+06 - last_over_time(a[60m])", {"a"}),
    ],
)
def test_what_an_expression_asks_for(expression: str, asked: set[str]) -> None:
    assert metrics(expression) == asked


def test_every_rule_asks_for_known_metrics_only() -> None:
    known, unknown = set(KNOWN), {}
    for rule in rules():
        asked = metrics(rule["expr"])
        assert asked
        if "record" in rule:
            known.add(rule["record"])
        if asked - known:
            unknown[rule.get("alert") or rule["record"]] = asked - known
    assert unknown == {}


def test_every_metric_has_a_source() -> None:
    for name, source in KNOWN.items():
        assert re.search(r"@v?\d|^(images|synth)/\S+\.py|\.md$", source), name


def test_our_own_metrics_are_called_so() -> None:
    shown = {sample.name for family in Metrics().registry.collect() for sample in family.samples}
    assert shown >= {PUT_ASIDE}
    pushed = {push.ACCURACY, push.JUDGED, push.DRIFT, push.DRIFT_INPUTS}
    assert pushed <= KNOWN.keys()
    assert CUSTOM + WORKFLOW_SUCCEEDED in KNOWN
