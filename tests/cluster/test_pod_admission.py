"""The API server itself on the table of pods and on the example's own: its admission controller says
what `synth validate` does, word for word.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from synth.kit.objects import Body
from synth.kit.versions import minor
from synth.render.documents import load_all
from synth.rules.pod_security.controls import CONTROLS
from tests.cluster.control_plane import ControlPlane
from tests.repository import ROOT
from tests.rules.pod_security.judge import LEVELS, Question, Verdict, about, ours, table

SERVER = "1.34"
"""The version of Kubernetes; of later policies it knows nothing."""
_REFUSED = re.compile(r'pods "([^"]+)" is forbidden: violates PodSecurity "[^"]+": (.*)')
_INVALID = re.compile(r'[Pp]od "([^"]+)" is invalid: ')

NO_POD = {
    "allowPrivilegeEscalation: Windows", "appArmorProfile: annotations",
    "appArmorProfile: containers", "appArmorProfile: empty", "appArmorProfile: not annotations",
    "capabilities_restricted: Windows", "hostProbesAndHostLifecycle: hooks",
    "privileged: ephemeral", "privileged: one", "procMount: one", "procMount: two",
    "restrictedVolumes: many", "restrictedVolumes: not allowed", "runAsNonRoot: Windows",
    "seccompProfile_baseline: containers", "seccompProfile_restricted: Windows",
    "windowsHostProcess: both", "windowsHostProcess: pod",
}  # fmt: skip
"""Rows that are no pods for the API server, so that admission is never asked about them."""
COPIED = "appArmorProfile: annotation"
"""Where the API server itself makes a field of an annotation, and then speaks of both."""


def namespace(level: str, version: str) -> Body:
    enforce = "pod-security.kubernetes.io/enforce"
    labels = {enforce: level, f"{enforce}-version": f"v{version}"}
    name = f"{level}-{version.replace('.', '-')}"
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def answered(plane: ControlPlane, questions: Mapping[str, Question]) -> dict[str, str | None]:
    """What admission has against each pod, by the pod's name; None where it is never asked, since
    there is no such pod. Nothing is kept.
    """
    pods = [created(name, question) for name, question in questions.items()]
    done = plane.try_kubectl(
        "create", "--dry-run=server", "--validate=false", "-f", "-", "-o", "name",
        stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": pods}),
    )  # fmt: skip
    said: dict[str, str | None] = dict(_REFUSED.findall(done.stderr))
    said |= dict.fromkeys(_INVALID.findall(done.stderr))
    said |= {line.removeprefix("pod/"): "" for line in done.stdout.splitlines()}
    assert said.keys() == questions.keys(), done.stderr[:4000]
    return said


def created(name: str, question: Question) -> Body:
    """A pod that says what every pod must, beside what is asked about."""
    spec = {
        key: [{"image": "registry.example.com/any:1", **each} for each in value]
        if key in ("containers", "initContainers")
        else value
        for key, value in question.pod["spec"].items()
    }
    where = namespace(question.level, question.version)["metadata"]["name"]
    metadata = {**question.pod["metadata"], "name": name, "namespace": where}
    spec = {"serviceAccountName": "any", **spec}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def message(verdict: Verdict) -> str:
    return ", ".join(f"{reason} ({detail})" for _, reason, detail in verdict)


def judged(plane: ControlPlane, questions: Iterable[Question]) -> list[str | None]:
    """What the API server says of each question, in namespaces of their levels and versions."""
    asked = {f"pod-{number}": question for number, question in enumerate(questions)}
    plane.apply(namespace(*each) for each in sorted({each[:2] for each in asked.values()}))
    verdicts = answered(plane, asked)
    return [verdicts[name] for name in asked]


def test_the_table_of_pods(plane: ControlPlane) -> None:
    rows = {name: each for name, each in table() if _known(each.version)}
    verdicts = dict(zip(rows, judged(plane, rows.values()), strict=True))
    never_asked = {_row(name) for name, verdict in verdicts.items() if verdict is None}
    assert never_asked == NO_POD
    asked = {name: each for name, each in verdicts.items() if each is not None}
    ours_too = {name: message(ours(rows[name])) for name in asked}
    assert {name for name in asked if bool(asked[name]) != bool(ours_too[name])} == set()
    differently = {_row(name) for name in asked if asked[name] != ours_too[name]}
    assert differently == {COPIED}
    for control in (each for each in CONTROLS if each.check(minor(SERVER)[1])):
        of_it = [asked[name] for name in asked if name.startswith(f"{control.id}: ")]
        assert any(of_it), control.id
        assert not all(of_it), control.id


def _row(name: str) -> str:
    """The control and what a question is about, without level and version."""
    return name.rpartition(" (")[0]


def test_the_examples_own_pods(plane: ControlPlane) -> None:
    bodies = [
        body
        for path in sorted((ROOT / "dist/prod").rglob("*.yaml"))
        if not path.relative_to(ROOT / "dist/prod").parts[0].startswith("kubeflow-")
        for body in load_all(path.read_text())
    ]
    questions = about(bodies, SERVER)
    assert {question.level for question in questions} == set(LEVELS)
    assert judged(plane, questions) == [message(ours(each)) for each in questions]


def _known(version: str) -> bool:
    return minor(version) <= minor(SERVER)
