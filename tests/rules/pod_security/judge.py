"""Kubernetes' own evaluation of pods: the judge itself, and what it said about the table of pods.

`python -m tests.rules.pod_security.judge` writes down what it says (verdicts.json).
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from synth.kit.objects import Body
from synth.rules.pod_security.evaluation import Level, evaluate
from synth.rules.pod_security.kinds import pod_templates
from tests.rules.pod_security.pods import cases
from tests.shared import pod_security

RECORDED = Path(__file__).parent / "verdicts.json"
LEVELS: tuple[Level, ...] = ("baseline", "restricted")
Verdict = list[list[str]]
"""Control, reason and detail of every violation, in the order of the API server's message."""


class Question(NamedTuple):
    level: Level
    version: str
    pod: Body


def judged(questions: Iterable[Question], *, strict: bool = True) -> list[Verdict]:
    """What Kubernetes says of each pod; skips the test where the program is absent.

    Strict, a field that pods do not have ends in an error.
    """
    asked = json.dumps([each._asdict() for each in questions])
    command = [pod_security(), *(["-strict"] if strict else [])]
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True)
    verdicts: list[Verdict] = json.loads(done.stdout)
    return verdicts


def ours(question: Question) -> Verdict:
    """What this project says."""
    level, version, pod = question
    found = evaluate(pod["metadata"], pod["spec"], level, version)
    return [[each.control, each.reason, each.detail] for each in found]


def about(bodies: Iterable[Body], version: str) -> list[Question]:
    """Questions about every pod of objects, at each level."""
    return [
        Question(level, version, {"metadata": template.metadata, "spec": template.spec})
        for body in bodies
        for template in pod_templates(body)
        for level in LEVELS
    ]


def table() -> Iterator[tuple[str, Question]]:
    """Every question about the table of pods, by a name of its own."""
    for case in cases():
        for version in sorted({*case.breaks, *case.fits}):
            for level in LEVELS:
                name = f"{case.control}: {case.about} ({level}:v{version})"
                yield name, Question(level, version, case.pod)


def record() -> None:
    """Writes down what Kubernetes says of the table."""
    names, questions = zip(*table(), strict=True)
    verdicts = dict(zip(names, judged(questions), strict=True))
    RECORDED.write_text(json.dumps(verdicts, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    record()
