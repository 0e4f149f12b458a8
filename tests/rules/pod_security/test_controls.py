"""The Pod Security controls say what Kubernetes says, control by control and word by word."""

from __future__ import annotations

import json
import random

import pytest

from synth.rules.pod_security.controls import CONTROLS
from synth.rules.pod_security.evaluation import evaluate
from tests.rules.pod_security.judge import (
    LEVELS,
    RECORDED,
    Question,
    Verdict,
    judged,
    ours,
    table,
)  # fmt: skip
from tests.rules.pod_security.pods import Case, cases
from tests.rules.pod_security.strangers import stranger

VERDICTS: dict[str, Verdict] = json.loads(RECORDED.read_text())
QUESTIONS = dict(table())
MINORS = [f"1.{minor}" for minor in range(22, 39)]


def test_every_pod_has_a_verdict() -> None:
    assert QUESTIONS.keys() == VERDICTS.keys()
    assert len(QUESTIONS) == len(list(table()))


def test_ours_is_the_recorded_verdict() -> None:
    assert {name: ours(question) for name, question in QUESTIONS.items()} == VERDICTS


def test_the_judge_still_says_what_was_recorded() -> None:
    assert dict(zip(QUESTIONS, judged(QUESTIONS.values()), strict=True)) == VERDICTS


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: f"{case.control}: {case.about}")
def test_a_pod_breaks_its_control_and_its_neighbour_does_not(case: Case) -> None:
    level = next(each.level for each in CONTROLS if each.id == case.control)

    def broken(version: str) -> bool:
        verdict = VERDICTS[f"{case.control}: {case.about} ({level}:v{version})"]
        return any(control == case.control for control, *_ in verdict)

    assert all(broken(version) for version in case.breaks)
    assert not any(broken(version) for version in case.fits)


def test_every_control_is_broken_in_the_table_and_kept() -> None:
    assert {each.control for each in cases() if each.breaks} == {each.id for each in CONTROLS}
    assert {each.control for each in cases() if each.fits} == {each.id for each in CONTROLS}


def test_every_change_of_a_control_has_both_its_sides_in_the_table() -> None:
    asked = {(each.control, version) for each in cases() for version in each.breaks + each.fits}
    for control in CONTROLS:
        for since in control.checks:
            if since > 22:
                assert (control.id, f"1.{since}") in asked
        for since in list(control.checks)[1:]:
            assert (control.id, f"1.{since - 1}") in asked


def test_privileged_takes_every_pod() -> None:
    for case in cases():
        assert not list(evaluate(case.pod["metadata"], case.pod["spec"], "privileged", "1.26"))


@pytest.mark.parametrize("seed", range(8))
def test_ours_is_the_verdict_about_strange_pods(seed: int) -> None:
    source = random.Random(seed)
    questions = [
        Question(source.choice(LEVELS), source.choice(MINORS), stranger(source)) for _ in range(500)
    ]
    verdicts = judged(questions)
    for question, verdict in zip(questions, verdicts, strict=True):
        assert ours(question) == verdict, question
    found = {control for verdict in verdicts for control, *_ in verdict}
    assert found == {control.id for control in CONTROLS}
    assert [] in verdicts
