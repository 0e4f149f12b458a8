"""Every alert has a page that says what it is and what to do, and alerts lead there."""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path

import pytest

from synth.cli.main import parser
from synth.config.objectives import ALERTS
from synth.kit.objects import Body
from tests.monitoring.examples import GRAFANA, environment, monitoring, rules
from tests.monitoring.test_platform_alerts import CASES
from tools.runbooks import END, HEADINGS, PAGES, alerts, page, skeleton

there = cache(alerts)
NAMES = sorted(path.stem for path in PAGES.glob("*.md"))


def text(name: str) -> str:
    return (PAGES / f"{name}.md").read_text()


def test_every_alert_has_a_page_and_every_page_an_alert() -> None:
    assert sorted(there()) == NAMES
    assert {*ALERTS.values(), *CASES} <= {*NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_page_says_what_the_alert_is(name: str) -> None:
    written = text(name)
    assert written == page(there()[name], written), "run: python -m tools.runbooks"


@pytest.mark.parametrize("name", NAMES)
def test_a_page_says_what_to_do(name: str) -> None:
    body = text(name).partition(END)[2]
    parts = re.split(r"^## (.*)\n", body, flags=re.M)[1:]
    assert tuple(parts[::2]) == HEADINGS
    assert all(len(part.split()) > 20 for part in parts[1::2])


@pytest.mark.parametrize("name", NAMES)
def test_what_a_page_names_is_there(name: str) -> None:
    body = text(name)
    for target in re.findall(r"\]\(([^)]*)\)", body):
        assert (PAGES / target).is_file(), target
    for line in re.findall(r"`?(synth [^`\n#]*)", body):
        words = shlex.split(line.replace("ENV", "prod"))[1:]
        assert parser().parse_args(words).command in ("model", "validate")


def test_a_new_page_asks_for_the_rest_and_an_old_one_keeps_it() -> None:
    rule = next(iter(there().values()))
    new = page(rule, None)
    assert new == skeleton(rule) + "".join(f"\n## {heading}\n" for heading in HEADINGS)
    written = new.replace("## What to do\n", "## What to do\n\nWait.\n")
    changed = {**rule, "for": "7m"}
    assert page(changed, written) == skeleton(changed) + written.partition(f"{END}\n")[2]
    assert "for 7m" in page(changed, written)


BASE = "https://git.example.com/ml/platform/-/blob/main/docs/runbooks"


@pytest.mark.parametrize("base", [BASE, f"{BASE}/"])
@pytest.mark.parametrize("workload", ["monitoring", "observability"])
def test_alerts_lead_to_their_pages(workload: str, base: str, tmp_path: Path) -> None:
    said = f"  runbooks: {base}\n  grafana: {{instanceSelector: {GRAFANA['instanceSelector']}}}\n"
    objects = monitoring(environment(tmp_path, said), workload)
    for name, rule in rules(objects).items():
        assert rule["annotations"]["runbook_url"] == f"{BASE}/{name}.md"
    linked = {
        rule["title"].rpartition(": ")[2]: rule["annotations"]["runbook_url"]
        for body in _groups(objects.values())
        for rule in body["spec"]["rules"]
    }
    assert linked == {name: f"{BASE}/{name}.md" for name in rules(objects)}


def _groups(bodies: object) -> list[Body]:
    return [body for body in bodies if body["kind"] == "GrafanaAlertRuleGroup"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("workload", ["monitoring", "observability"])
def test_alerts_lead_nowhere_where_nobody_says_where(workload: str, tmp_path: Path) -> None:
    for rule in rules(monitoring(environment(tmp_path), workload)).values():
        assert set(rule["annotations"]) == {"summary", "description"}
