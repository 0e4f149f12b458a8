"""The book of rules: complete, and every example says what it is shown to say."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from unittest.mock import patch

import pytest
import ryaml

from synth.config.environment import Environment
from synth.config.load import Loaded
from synth.configuration import configuration
from synth.kit.objects import Body, Origin, Resource, identity
from synth.project import Project
from synth.render.documents import load_all
from synth.review.risks.kinds import RISKS
from synth.rules.book import SMALLEST, Rule, chapter, prefixes
from synth.rules.findings import Finding
from synth.rules.flaws import Rendered
from synth.rules.policy import check_accepted, governed
from synth.rules.rendered import check_rendered
from synth.rules.standing import Standing
from synth.validation import findings
from tests.repository import ROOT, Repository
from tests.review.sides import reviewed, side

CHAPTERS = [chapter(prefix) for prefix in prefixes()]
RULES = {rule.code: rule for each in CHAPTERS for rule in each.rules}
TODAY = date(2027, 3, 31)
Said = tuple[str, str, str]
"""A code, a severity, and what is said."""


def loaded(folder: Path, rule: Rule, example: str) -> Loaded:
    """The environment that a fragment makes of the smallest one, with what a rule has beside it."""
    for each in rule.sealed:
        path = folder / "secrets/prod" / f"{each}.yaml"
        path.parent.mkdir(parents=True)
        path.write_text("kind: SealedSecret\n")
    environments = folder / "environments"
    environments.mkdir()
    whole = re.sub(r"^name: .*\n", "", SMALLEST)
    for name, head, text in (
        ("smallest", "", whole),
        ("given", "extends: smallest\n", rule.given),
        ("prod", "extends: given\nname: prod\n", example),
    ):
        (environments / f"{name}.yaml").write_text(head + text)
    return configuration(Project(folder))["prod"]


def said(folder: Path, rule: Rule, example: str) -> list[Said]:
    """All that the rule says of an example; and errors of other rules, which it must not have."""
    if rule.looks_at == "change":
        return risks(folder, rule, example)
    objects = example if rule.looks_at == "objects" else ""
    environment = loaded(folder, rule, "" if objects else example)
    standing = Standing(**ryaml.loads(rule.stands)) if rule.stands else Standing()
    with patch("synth.validation.read_standing", return_value=standing):
        found = [finding for finding, _ in findings(Project(folder), environment, TODAY)]
    found += of_objects(environment.environment, objects)
    found += check_accepted(environment.environment.policy, found, TODAY)
    return [
        (each.code, each.severity, each.message if each.object else f"{each.key}: {each.message}")
        for each in found
        if each.code == rule.code or each.severity == "error"
    ]


def _characters(number: re.Match[str]) -> str:
    """What stands for a text that nobody wants to read."""
    return "x" * int(number[1])


def of_objects(environment: Environment, objects: str) -> list[Finding]:
    resources = [
        Resource("workflows", body, Origin("workflows", "workflows"))
        for body in load_all(re.sub(r"<(\d+) characters>", _characters, objects))
    ]
    rendered = Rendered(resources, [identity(each.body) for each in resources])
    return list(governed(environment.policy, check_rendered(environment, rendered), TODAY))


def written(bodies: Sequence[Body]) -> dict[str, bytes]:
    """What a build would write of these: Applications into their own folder, all else into one."""
    return {
        path: content
        for body in bodies
        for path, content in side(
            body, application="argocd" if body["kind"] == "Application" else "models"
        ).items()
    }


def risks(folder: Path, rule: Rule, example: str) -> list[Said]:
    environment = loaded(folder, rule, "").environment
    before, after = (written(load_all(text)) for text in (rule.before, example))
    return [
        (risk.code, risk.severity, f"{risk.subject}: {risk.reason}; {risk.way_out}")
        for risk in reviewed(before, after, [environment], ["staging", "prod"]).risks
        if risk.code == rule.code
    ]


@pytest.mark.parametrize("code", RULES)
def test_what_breaks_a_rule_is_told_so(code: str, tmp_path: Path) -> None:
    rule = RULES[code]
    assert said(tmp_path, rule, rule.breaks) == [(rule.code, rule.severity, rule.says)]


@pytest.mark.parametrize("code", RULES)
def test_what_does_not_is_not(code: str, tmp_path: Path) -> None:
    assert said(tmp_path, RULES[code], RULES[code].fits) == []


def test_every_code_has_a_page() -> None:
    """A code is one where it is written: in the sources of the rules, and among the risks."""
    there = {
        code
        for path in (ROOT / "synth/rules").rglob("*.py")
        for code in re.findall(r'"([A-Z]{2}\d{3})"', path.read_text())
    }
    assert RULES.keys() == there | RISKS.keys()


def test_risks_weigh_what_they_weigh() -> None:
    assert {code: each.severity for code, each in RISKS.items()} == {
        code: RULES[code].severity for code in RISKS
    }
    assert {code: each.title for code, each in RISKS.items()} == {
        code: RULES[code].title for code in RISKS
    }


def test_codes_are_in_the_file_of_their_beginning() -> None:
    for each in CHAPTERS:
        codes = [rule.code for rule in each.rules]
        assert codes == sorted(codes)
        assert {code[:2] for code in codes} == {each.prefix}


def rules(*arguments: str, repository: Repository) -> tuple[int, str, str]:
    done = repository.synth("rules", *arguments)
    return done.returncode, done.stdout, done.stderr


def test_all_are_listed_below_what_they_are_about(tmp_path: Path) -> None:
    code, out, err = rules(repository=Repository(tmp_path))
    assert (code, err) == (0, "")
    head, *parts = out.split("\n\n")
    assert head == "CODE   SEVERITY  FINDS"
    assert [part.splitlines()[0] for part in parts] == [
        f"{each.about} ({each.prefix})" for each in CHAPTERS
    ]
    assert [line.split()[0] for part in parts for line in part.splitlines()[1:]] == list(RULES)
    assert "\nPL001  error     a pipeline without Kubeflow\n" in out


def test_listing_them_takes_no_library_that_is_slow_to_start(tmp_path: Path) -> None:
    program = (
        "import sys; from synth.cli.main import main; main(['rules']); "
        "sys.exit(repr({'cdk8s', 'jsii', 'pydantic'} & sys.modules.keys()))"
    )
    done = Repository(tmp_path).run([sys.executable, "-c", program])
    assert done.stderr == "set()\n"


EXPLAINED = """\
PL001, error: a pipeline without Kubeflow

Looks at the configuration. Nobody would keep it, and nobody could run it.

With this in the environment:

    kubeflow: {release: "1.8.1"}
    pipelines:
      - {name: sentiment, team: nlp, source: pipelines/sentiment.py, function: sentiment}

This breaks it:

    kubeflow: null

It says:

    error PL001: pipelines.sentiment: there is no Kubeflow Pipelines here: add kubeflow

This does not break it:

    kubeflow: {release: "1.8.1"}
"""


def test_one_is_explained_with_its_example(tmp_path: Path) -> None:
    assert rules("pl001", repository=Repository(tmp_path)) == (0, EXPLAINED, "")


def test_several_are_and_all_that_begin_alike(tmp_path: Path) -> None:
    code, out, err = rules("TL", "ML001", "-o", "json", repository=Repository(tmp_path))
    chosen = [RULES[each] for each in ("ML001", "TL001", "TL002")]
    assert (code, json.loads(out), err) == (0, [asdict(each) for each in chosen], "")


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("TL01", "did you mean TL001 or WL001?"),
        ("KX", "did you mean KS or KF?"),
        ("8", "`synth rules` lists all"),
    ],
)
def test_what_is_no_code_is_told_so_with_what_is_like_it(
    tmp_path: Path, code: str, hint: str
) -> None:
    said = f"there is no rule {code}: {hint}\n"
    assert rules("KF001", code, repository=Repository(tmp_path)) == (2, "", said)


def test_a_repositorys_own_are_there_too(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    own = repository.root / "rules/acme.py"
    own.parent.mkdir()
    own.write_text(
        "from synth.rules.own import rule\n\n"
        '@rule("ACME001", "no Service opens a load balancer of its own")\n'
        "def no_load_balancers(environment, resources):\n"
        '    """Each costs money."""\n'
        "    return []\n"
    )
    _, out, _ = rules(repository=repository)
    assert out.endswith(
        "\n\nThis repository's own (ACME)\n"
        "ACME001  error     no Service opens a load balancer of its own\n"
    )
    said = (
        "ACME001, error: no Service opens a load balancer of its own\n\n"
        "Looks at rendered objects. Each costs money.\n"
    )
    assert rules("ACME", repository=repository) == (0, said, "")


def test_the_page_is_made_of_the_book(tmp_path: Path) -> None:
    page = (ROOT / "docs/rules.md").read_text()
    assert rules("-o", "markdown", repository=Repository(tmp_path)) == (0, page, "")
    assert re.findall(r"^### (\S+)$", page, re.MULTILINE) == list(RULES)
